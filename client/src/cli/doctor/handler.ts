import { printable } from '../../observe/format.js';
import { untilInterrupted } from '../common/interrupt.js';
import { bold, print } from '../common/output.js';
import { EXIT } from '../common/report-error.js';
import type { Check, Finding, Outcome, Patient } from './check.js';
import { CHECKS } from './checks/index.js';
import type { DoctorFlags } from './options.js';

export interface Result extends Finding {
  check: string;
}

/** Makes all checks, tells each as it is made, and sets the exit code. */
export async function doctor(flags: DoctorFlags): Promise<void> {
  const patient: Patient = { flags, closing: [] };
  const results: Result[] = [];
  try {
    for await (const result of examine(CHECKS, patient, untilInterrupted())) {
      results.push(result);
      if (flags.output === 'text') print('text', describe(result), undefined);
    }
  } finally {
    for (const close of patient.closing.reverse()) await close();
  }
  const failed = results.some(({ outcome }) => outcome === 'failure');
  print(flags.output, verdict(results), { failed, checks: results });
  if (failed) process.exitCode = EXIT.failed;
}

/** The findings, one after the other. */
export async function* examine(checks: readonly Check[], patient: Patient, signal: AbortSignal): AsyncGenerator<Result> {
  for (const check of checks) {
    signal.throwIfAborted();
    yield { check: check.name, ...(await check.run(patient, signal)) };
  }
}

const MARKS: Record<Outcome, string> = { ok: '✔', warning: '!', failure: '✘', skipped: '–' };

/** One or two lines. Servers and members are quoted here: no control character reaches the terminal. */
export function describe({ check, outcome, text, advice }: Result): string {
  const shown = (part: string): string => printable(part.replace(/\s+/g, ' '), 600);
  const lines = [`${MARKS[outcome]} ${check.padEnd(10)} ${shown(text)}`];
  if (advice !== undefined) lines.push(`${' '.repeat(13)}→ ${shown(advice)}`);
  return lines.join('\n');
}

/** What it comes to. */
export function verdict(results: readonly Result[]): string {
  const count = (outcome: Outcome): number => results.filter((result) => result.outcome === outcome).length;
  const [failures, warnings] = [count('failure'), count('warning')];
  if (failures > 0) return bold(`${failures === 1 ? 'One thing has' : `${failures} things have`} to be changed.`);
  return bold(warnings > 0 ? 'This machine can take part; what is marked ! could be better.' : 'Nothing stands in the way.');
}
