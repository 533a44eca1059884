import { createHash } from 'node:crypto';
import type { RunManifest, TextManifest } from '../../client/src/training/manifest.js';
import { HELD_OUT_PERMILLE, MODEL, type Budget, type Row } from './rows.js';

/** One training run of the comparison: a row's settings and a seed. */
export interface Trial {
  /** Which row of the table it belongs to. */
  row: string;
  seed: number;
  manifest: RunManifest & { data: TextManifest };
  workers: number;
  /** Sequences of all workers together in one local step. */
  batch: number;
  /** Local steps: every worker takes a gradient in each, whether or not it is shared at once. */
  steps: number;
  /** Rounds between a payload and its apply; 0: at once. */
  delay: number;
}

/** What a run of this row on this text is: the manifest that a real run would have, and the budget. */
export function trialOf(row: Row, seed: number, text: Uint8Array, common: Budget): Trial {
  const { batch, steps, warmup } = row.budget ?? common;
  const localSteps = row.optimizer.kind === 'sparseloco' ? row.optimizer.localSteps : 1;
  return {
    row: row.id,
    seed,
    workers: row.workers,
    batch,
    steps,
    delay: row.delay,
    manifest: {
      version: 1,
      model: MODEL,
      initialization: { kind: 'seeded', seed: createHash('sha256').update(`bench:training ${seed}`).digest('hex') },
      data: { kind: 'text', name: 'tinyshakespeare.txt', sha256: createHash('sha256').update(text).digest('hex'), bytes: text.length, heldOutPermille: HELD_OUT_PERMILLE },
      tokenizer: { kind: 'bytes' },
      optimizer: row.optimizer,
      // A schedule counts rounds; the rate moves on from local step to local step.
      schedule: { ...row.schedule, warmupSteps: Math.ceil(warmup / localSteps), totalSteps: Math.ceil(steps / localSteps) },
      hashInterval: 8,
    },
  };
}
