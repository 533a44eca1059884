import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_STATES, type RunState } from '../../../client/src/protocol/run-view.js';
import { PROJECT_ROOT } from '../../../client/src/version.js';

/** A row of the tables that head docs/protocol.md. */
export interface DocRow {
  /** `program.instruction`. */
  instruction: string;
  /** The states in which the instruction is allowed; undefined: it makes the run, or has none. */
  states: readonly RunState[] | undefined;
  /** The errors it names as its own. */
  errors: readonly string[];
}

const EPOCH: readonly RunState[] = ['Warmup', 'RoundTrain', 'RoundWitness', 'Cooldown'];
const BETWEEN: readonly RunState[] = ['WaitingForMembers', 'Paused', 'Finished'];
/** What the column says other than a state's name, without what stands in parentheses. */
const PHRASES: Record<string, readonly RunState[]> = {
  epoch: EPOCH,
  any: RUN_STATES,
  'all but Finished': RUN_STATES.filter((s) => s !== 'Finished'),
  'unless a member of the running epoch': [],
  'Paused for 30 days': ['Paused'],
  'Cooldown and after': ['Cooldown', ...BETWEEN],
  'until the next epoch': [],
  'for forfeits of a Warmup that failed': BETWEEN,
  'until the next one': [],
  // Of no state any more.
  closed: [],
  'after `close_member`': [],
};
/** What the settings' own check refuses; rows say "one per setting" for them. */
export const SETTING_ERRORS = [
  'InvalidSlotMs', 'InvalidTime', 'InvalidMinClients', 'InvalidWitnessNodes', 'InvalidTotalSteps', 'InvalidBatchSize',
  'InvalidSequenceLength', 'InvalidPoints', 'InvalidWitnessPermille', 'InvalidDeposit', 'InvalidVerification', 'InvalidClientVersion',
];

function statesOf(cell: string): RunState[] | undefined {
  if (cell === '–') return undefined;
  const parts = cell.replace(/\([^)]*\)/g, '').split(/[,;]/).map((p) => p.trim());
  return parts.flatMap((part) => {
    if ((RUN_STATES as readonly string[]).includes(part)) return [part as RunState];
    if (!(part in PHRASES)) throw new Error(`docs/protocol.md: no state is called "${part}": add the phrase to ${import.meta.url}`);
    return PHRASES[part];
  });
}

const names = (cell: string): string[] => [...cell.matchAll(/`([a-z_]+)`/g)].map((m) => m[1]);

/** All rows of docs/protocol.md's instruction tables, one per instruction. @throws Error for words it doesn't know. */
export function docTable(): DocRow[] {
  const lines = readFileSync(join(PROJECT_ROOT, 'docs/protocol.md'), 'utf8').split('\n');
  const rows: DocRow[] = [];
  let program = '';
  for (const line of lines.slice(lines.indexOf('## Instructions'), lines.indexOf('## 1. Words'))) {
    program = /^### (\w+)/.exec(line)?.[1].toLowerCase() ?? program;
    const cells = line.split('|').map((c) => c.trim());
    // A program that knows no runs has no column of states.
    const states = cells.length === 7 ? cells[3] : '–';
    const named = cells.at(-2) ?? '';
    if (cells.length < 6 || !cells[1].startsWith('`')) continue;
    const own = [...named.matchAll(/\b(?:[A-Z][a-z0-9]+){1,}\b/g)].map((m) => m[0]);
    const settings = /one per setting/.test(named) ? SETTING_ERRORS : [];
    // "As" another instruction: what both take, which is the settings.
    const shared = names(named).length > 0 ? SETTING_ERRORS : [];
    for (const name of names(cells[1])) {
      const all = name === 'update_client_version' ? ['InvalidClientVersion'] : [...shared, ...settings, ...own];
      const errors = [...new Set(all)].filter((e) => name !== 'update_config' || e !== 'InvalidClientVersion');
      rows.push({ instruction: `${program}.${name}`, states: statesOf(states), errors });
    }
  }
  return rows;
}
