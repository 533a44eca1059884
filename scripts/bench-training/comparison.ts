import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { BackendChoice } from '../../client/src/training/backends/index.js';
import { codeMark, fingerprint } from './fingerprint.js';
import { runQueue } from './queue.js';
import { appendRecord, readRecords, type TrialRecord } from './records.js';
import type { Budget, Row } from './rows.js';
import { benchOf, type Bench } from './summary.js';
import { trialOf, type Trial } from './trials.js';

export interface ComparisonOptions {
  budget: Budget;
  seeds: readonly number[];
  textPath: string;
  /** The file that finished runs are appended to. */
  recordsPath: string;
  /** Whether runs of that file with the same settings and code are taken over. */
  resume: boolean;
  /** False: only what has been run before is shown. */
  run: boolean;
  jobs: number;
  backend: BackendChoice;
  progress: (line: string) => void;
  signal?: AbortSignal;
}

/** Runs every row with every seed, but for what has been run before. An interruption loses only unfinished runs. */
export async function compare(rows: readonly Row[], options: ComparisonOptions): Promise<Bench> {
  const { budget, seeds, textPath, recordsPath, backend, progress } = options;
  const text = new Uint8Array(await readFile(textPath));
  const finished = options.resume ? await readRecords(recordsPath) : [];
  const records: TrialRecord[] = [];
  const wanted: Trial[] = [];
  const fingerprints = new Map<Trial, string>();
  const codes = new Map<string, string>();
  for (const row of rows) codes.set(row.id, await codeMark(trialOf(row, 0, text, budget), text));
  // Seed by seed, so that an interrupted comparison has all rows before it has more seeds.
  for (const seed of seeds) {
    for (const row of rows) {
      const trial = trialOf(row, seed, text, budget);
      const mark = fingerprint(trial, codes.get(row.id)!);
      const kept = finished.find((record) => record.fingerprint === mark);
      if (kept) records.push(kept);
      else wanted.push(trial);
      fingerprints.set(trial, mark);
    }
  }
  if (!options.run) return benchOf(rows, records, seeds, budget);
  progress(`${wanted.length} runs to do, ${records.length} kept from before; ${options.jobs} at a time`);
  await runQueue(wanted.map((trial) => ({ trial, textPath, backend })), {
    jobs: options.jobs,
    signal: options.signal,
    progress,
    done: async (trial, result) => {
      const { row, seed, batch, steps, workers } = trial;
      const record = { row, seed, batch, steps, workers, fingerprint: fingerprints.get(trial)!, result, machine: `Node ${process.version}, ${cpus()[0].model.trim()}` };
      await appendRecord(recordsPath, record);
      records.push(record);
      progress(`${row} seed ${seed}: held-out loss ${result.loss.toFixed(4)}, ${result.cpuSeconds.toFixed(0)} s of CPU; ${records.length} of ${fingerprints.size} runs done`);
    },
  });
  return benchOf(rows, records, seeds, budget);
}
