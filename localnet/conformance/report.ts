import type { BehaviourResult } from './behaviour.js';
import type { Difference } from './compare.js';
import { type KnownDifference, knownDifferences } from './known-differences.js';

/** What a comparison came to. */
export interface Verdict {
  readonly unknown: readonly Difference[];
  /** Entries of the list that no difference belongs to any more. */
  readonly gone: readonly KnownDifference[];
  readonly known: number;
}

/** Sets the known differences apart. */
export function judge(differences: readonly Difference[], known = knownDifferences): Verdict {
  const seen = new Set<KnownDifference>();
  const unknown = differences.filter((difference) => {
    const entry = known.find(({ matches }) => matches(difference));
    if (entry) seen.add(entry);
    return entry === undefined;
  });
  return { unknown, gone: known.filter((entry) => !seen.has(entry)), known: differences.length - unknown.length };
}

/** The verdict in words, the summary last. */
export function report({ gone, known, unknown }: Verdict, requests: number, seconds: number, { count }: BehaviourResult): string {
  const lines = unknown.map(({ embedded, of, path, real }) => `✗ ${of}\n    ${path}\n      real     ${show(real)}\n      embedded ${show(embedded)}`);
  for (const { what } of gone) lines.push(`✗ no longer a difference, take it off the list: ${what}`);
  lines.push(
    `conformance: ${requests} requests to both validators, ${unknown.length} unknown differences, ` +
      `${known} known ones of ${knownDifferences.length} kinds, ${gone.length} of the list gone; ${count} tests of behaviour on the real one; ${Math.round(seconds)} s`,
  );
  return lines.join('\n');
}

const show = (value: unknown): string => (value === undefined ? '(nothing)' : JSON.stringify(value)).slice(0, 400);

/** The list as the README has it. */
export function table(known = knownDifferences): string {
  return ['| what | why |', '|---|---|', ...known.map(({ what, why }) => `| ${what} | ${why} |`)].join('\n');
}
