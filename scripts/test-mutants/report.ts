/** What became of a mutant. A timeout is a mutant whose tests never end: nobody would miss that, so it counts as killed. */
export type Outcome = 'killed' | 'timeout' | 'missed' | 'unviable';

const OUTCOMES: Record<string, Outcome> = { CaughtMutant: 'killed', Timeout: 'timeout', MissedMutant: 'missed', Unviable: 'unviable' };

export interface Mutant {
  /** `path:line:column: what was changed`. */
  name: string;
  /** Path from the workspace's root, and what stands between `start` and `end` instead; lines and columns from 1. */
  file: string;
  span: { start: { line: number; column: number }; end: { line: number; column: number } };
  replacement: string;
  outcome: Outcome;
}

/** A mutant that no test can kill, since it computes the same. */
export interface Equivalent {
  file: string;
  /** The changed line, trimmed: it says which change is meant when other lines move. */
  line: string;
  why: string;
}

interface OutcomesFile {
  outcomes: { scenario: 'Baseline' | { Mutant: Omit<Mutant, 'outcome'> }; summary: string }[];
}

/** The mutants in the text of cargo-mutants' outcomes.json. Its baseline, the tests of unchanged code, is left out. */
export function readOutcomes(json: string): Mutant[] {
  return (JSON.parse(json) as OutcomesFile).outcomes.flatMap(({ scenario, summary }) => {
    if (scenario === 'Baseline') return [];
    const outcome = OUTCOMES[summary];
    if (!outcome) throw new Error(`outcomes.json calls a mutant ${summary}: use the version of cargo-mutants that this script names`);
    return [{ ...scenario.Mutant, outcome }];
  });
}

/** The first line of a mutant as it reads after the change, trimmed; `source`: text of its file. */
export function changedLine({ span: { start, end }, replacement }: Mutant, source: string): string {
  const lines = source.split('\n');
  const [before, after] = [lines[start.line - 1] ?? '', lines[end.line - 1] ?? ''];
  return (before.slice(0, start.column - 1) + replacement + after.slice(end.column - 1)).split('\n')[0]!.trim();
}

export interface Report {
  text: string;
  /** Killed and timeouts, of all mutants that compile; 0 to 1, and 0 where there are none. */
  score: number;
}

/**
 * What a person wants to know of a run: each survivor with its changed line, the counts, the score. Equivalent mutants
 * are survivors too; they are only told apart. `sources`: text of each file.
 */
export function report(mutants: readonly Mutant[], sources: ReadonlyMap<string, string>, equivalents: readonly Equivalent[]): Report {
  const of = (outcome: Outcome) => mutants.filter((mutant) => mutant.outcome === outcome);
  const survivors = of('missed').map((mutant) => {
    const line = changedLine(mutant, sources.get(mutant.file) ?? '');
    const why = equivalents.find((known) => known.file === mutant.file && known.line === line)?.why;
    return { why, text: `${why ? 'equivalent' : 'MISSED'} ${mutant.name}\n    ${line}${why ? `\n    ${why}` : ''}` };
  });
  const viable = mutants.length - of('unviable').length;
  const [killed, timeouts] = [of('killed').length, of('timeout').length];
  const score = viable === 0 ? 0 : (killed + timeouts) / viable;
  const known = survivors.filter(({ why }) => why).length;
  const counts = `${mutants.length} mutants: ${killed} killed, ${timeouts} timeouts, ${survivors.length} missed (${known} of them equivalent), ${of('unviable').length} unviable`;
  return { text: [...survivors.map(({ text }) => text), counts, `score ${(100 * score).toFixed(1)} %`].join('\n'), score };
}
