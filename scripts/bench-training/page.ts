import { readFile, writeFile } from 'node:fs/promises';
import type { Bench } from './summary.js';
import { settings, table } from './table.js';

/** What is written anew, each between two marks on lines of their own. */
const PARTS: Record<string, (bench: Bench) => string> = { 'bench:training table': table, 'bench:training settings': settings };

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
