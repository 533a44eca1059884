import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../client/src/version.js';
import type { Measured } from './measure.js';

export const SNAPSHOT_PATH = 'tests/programs/costs.json';
/** A figure that changes by more is told. */
const TOLERANCE = 0.05;

/** What is committed of what was measured. */
export type Snapshot = Pick<Measured, 'costs' | 'accounts'>;

export const readSnapshot = (): Snapshot => JSON.parse(readFileSync(join(PROJECT_ROOT, SNAPSHOT_PATH), 'utf8')) as Snapshot;

/** Writes it anew, a line for each transaction and account, so that changes are read easily. */
export function writeSnapshot({ costs, accounts }: Snapshot): void {
  const rows = (group: object): string =>
    Object.entries(group).map(([name, row]) => `    ${JSON.stringify(name)}: ${JSON.stringify(row)}`).join(',\n');
  const groups = Object.entries({ ...costs, accounts }).map(([name, group]) => `  ${JSON.stringify(name)}: {\n${rows(group)}\n  }`);
  const nested = `{\n"costs": {\n${groups.slice(0, -1).join(',\n')}\n},\n${groups.at(-1)!.trimStart()}\n}\n`;
  writeFileSync(join(PROJECT_ROOT, SNAPSHOT_PATH), nested);
}

/** How figures differ, a line each. */
export interface Differences {
  risen: string[];
  fallen: string[];
  /** Of the snapshot, not measured any more; or measured, not of the snapshot. */
  unmatched: string[];
}

/** Compares figure by figure. */
export function compare(committed: Snapshot, measured: Snapshot): Differences {
  const [before, now] = [figures(committed), figures(measured)];
  const differences: Differences = { risen: [], fallen: [], unmatched: [] };
  for (const [name, value] of now) {
    const was = before.get(name);
    const line = `${name.padEnd(76)}${String(was ?? '–').padStart(12)}${String(value).padStart(12)}`;
    if (was === undefined) differences.unmatched.push(line);
    else if (value > was * (1 + TOLERANCE)) differences.risen.push(line);
    else if (value < was * (1 - TOLERANCE)) differences.fallen.push(line);
  }
  for (const [name, was] of before) {
    if (!now.has(name)) differences.unmatched.push(`${name.padEnd(76)}${String(was).padStart(12)}${'–'.padStart(12)}`);
  }
  return differences;
}

/** All numbers by the path to them. */
function figures({ costs, accounts }: Snapshot): Map<string, number> {
  const found = new Map<string, number>();
  for (const [size, group] of Object.entries({ ...costs, accounts })) {
    for (const [name, row] of Object.entries(group)) {
      for (const [figure, value] of Object.entries(row)) found.set(`${size} | ${name} | ${figure}`, value as number);
    }
  }
  return found;
}
