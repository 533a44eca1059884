import { readFile, writeFile } from 'node:fs/promises';
import { table } from './table.js';
import type { Bench } from './summary.js';

const BEGIN = '<!-- bench:training -->';
const END = '<!-- /bench:training -->';

/** The page with the table of these figures between its two marks. @throws RangeError where the marks are missing */
export function withTable(page: string, bench: Bench): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new RangeError(`The page has no place for the table: put ${BEGIN} and ${END} on lines of their own.`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${table(bench)}\n\n${page.slice(to)}`;
}

export async function updatePage(path: string, bench: Bench): Promise<void> {
  await writeFile(path, withTable(await readFile(path, 'utf8'), bench));
}
