import { PsycheError } from '../../errors.js';
import { hasColor } from './output.js';

/** Exit codes: 1 it failed and said why, 2 it was called wrongly, 70 a defect of this program, 130 interrupted. */
export const EXIT = { failed: 1, usage: 2, defect: 70, interrupted: 130 } as const;

/** Tells on stderr what went wrong: one sentence, and everything with `--verbose`. @returns the exit code. */
export function reportError(error: unknown, verbose: boolean): number {
  if (error instanceof Error && error.name === 'AbortError') return Number(process.exitCode ?? EXIT.interrupted);
  const known = error instanceof PsycheError;
  const message = error instanceof Error ? error.message : String(error);
  const label = hasColor(process.stderr) ? '\u001b[31merror:\u001b[39m' : 'error:';
  const text = known ? sentence(message) : `a defect of psyche-client, please report it with --verbose: ${message}`;
  process.stderr.write(`${label} ${printable(text)}\n`);
  if (verbose) process.stderr.write(`${printable(details(error))}\n`);
  return known ? EXIT.failed : EXIT.defect;
}

function details(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, logs } = error as { code?: unknown; logs?: readonly string[] };
  const parts = [code === undefined ? '' : `code: ${String(code)}`, error.stack ?? '', ...(logs ?? [])];
  if (error.cause !== undefined) parts.push(`caused by: ${details(error.cause)}`);
  return parts.filter(Boolean).join('\n');
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** What nodes and programs answered may hold anything: no control characters reach the terminal. */
const printable = (text: string): string => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
