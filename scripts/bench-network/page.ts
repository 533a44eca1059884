import { readFile, writeFile } from 'node:fs/promises';
import type { Bench } from './bench.js';
import { committeesTable, crowdTable, limitsTable, scaleTable, utilisationTable } from './tables.js';

/** What is written anew, each between two marks on lines of their own. */
const PARTS: Record<string, (bench: Bench) => string> = {
  'bench:network clients': scaleTable,
  'bench:network utilisation': utilisationTable,
  'bench:network chain': crowdTable,
  'bench:network limits': limitsTable,
  'bench:network committees': committeesTable,
};

/** All of them, for a terminal. */
export const figures = (bench: Bench): string => Object.values(PARTS).map((part) => `\n${part(bench)}`).join('\n');

/** The page with these figures in its places. @throws RangeError where a mark is missing */
export function withFigures(page: string, bench: Bench): string {
  return Object.entries(PARTS).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from < 0 || to < from) throw new RangeError(`The page has no place for its figures: put ${begin} and ${end} on lines of their own.`);
    return `${text.slice(0, from + begin.length)}\n\n${part(bench)}\n\n${text.slice(to)}`;
  }, page);
}

export async function updatePage(path: string, bench: Bench): Promise<void> {
  await writeFile(path, withFigures(await readFile(path, 'utf8'), bench));
}
