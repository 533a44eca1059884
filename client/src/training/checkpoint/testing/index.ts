import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../../protocol/bytes.js';
import { parameterRoot } from '../../../protocol/merkle.js';
import { CheckpointError } from '../../errors.js';
import { modelLayout, parameterCount } from '../../model/layout.js';
import { numbers, smallManifest } from '../../testing.js';
import type { CheckpointDescriptor } from '../descriptor.js';
import { writeCheckpoint } from '../hugging-face.js';
import { sealCheckpoint } from '../publish.js';

/* What several tests of checkpoints need; no test is in here. */

export const signal: AbortSignal = new AbortController().signal;

/** Retries at once: tests don't wait. */
export const retry = { attempts: 4, firstPauseMs: 0 };

/** For `assert.throws` and `assert.rejects`. */
export const code = (expected: string) => (error: unknown) => error instanceof CheckpointError && error.code === expected && /[.!]$/.test(error.message);

/** A sealed checkpoint of a small model in a new folder. @param seed another one has other parameters */
export async function smallCheckpoint(parent: string, seed = 1): Promise<{ folder: string; descriptor: CheckpointDescriptor }> {
  const { model } = smallManifest();
  const layout = modelLayout(model);
  const serialized = new Uint8Array(Float32Array.from({ length: parameterCount(layout) }, numbers(seed)).buffer);
  const folder = join(parent, `source-${seed}`);
  const root = toHex(parameterRoot(serialized));
  await writeCheckpoint(folder, model, layout, serialized, { step: 12, hash: root });
  return { folder, descriptor: await sealCheckpoint(folder, { root, step: 12, epoch: 3, run: '1'.repeat(32) }, signal) };
}

/** Runs a test with a folder of its own. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'psyche-checkpoint-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
