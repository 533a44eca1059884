import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { TrialResult } from './trial.js';

/** A finished trial, as one line of JSON. */
export interface TrialRecord {
  row: string;
  seed: number;
  batch: number;
  steps: number;
  workers: number;
  /** Of settings and code, fingerprint.ts. */
  fingerprint: string;
  result: TrialResult;
  /** Node's version and the processor. */
  machine: string;
}

/** The records of a file; none where it is absent. A line that an interruption cut off is skipped: its trial is run anew. */
export async function readRecords(path: string): Promise<TrialRecord[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as TrialRecord];
    } catch {
      return [];
    }
  });
}

/** Adds a record at once, so that an interruption loses only what is being computed. */
export async function appendRecord(path: string, record: TrialRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // A newline first: the line before may have been cut off.
  await appendFile(path, `\n${JSON.stringify(record)}\n`);
}
