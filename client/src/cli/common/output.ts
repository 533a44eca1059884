import { styleText } from 'node:util';

/** Prints a command's result: the text for people, or the value as one line of JSON. */
export function print(output: 'text' | 'json', text: string, value: unknown): void {
  process.stdout.write(`${output === 'json' ? toJson(value) : text}\n`);
}

/** JSON with bigint as decimal strings and bytes as hex. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? v.toString() : v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v));
}

/** Whether a stream shows colours: a terminal, and nobody asked for none (https://no-color.org). */
export function hasColor(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/** A heading, bold where stdout has colours. */
export const bold = (text: string): string => (hasColor(process.stdout) ? styleText('bold', text) : text);

/** Rows in columns; numbers can be aligned right by naming their columns. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const pad = (cell: string, c: number): string => (right.includes(c) ? cell.padStart(widths[c]) : cell.padEnd(widths[c]));
  return rows.map((row) => `  ${row.map(pad).join('  ')}`.trimEnd()).join('\n');
}

/** Names and values, one pair a line. */
export const facts = (pairs: readonly (readonly [string, string])[]): string => table(pairs);
