import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RemotePolicy } from '../data/remote.js';
import { CheckpointError } from '../errors.js';
import type { InitializationManifest, ModelConfig } from '../manifest.js';
import { modelLayout, parameterCount } from '../model/layout.js';
import { readDescriptor } from './files.js';
import { GuardedSource } from './guarded-source.js';
import { checkConfig, readCheckpoint } from './hugging-face.js';
import { readState, rootOf } from './model-folder.js';
import { pullCheckpoint } from './pull.js';
import { pullModel } from './pull-model.js';
import { type CheckpointSource, fetchDescriptor, type TransferOptions } from './store.js';

export interface FetchOptions extends TransferOptions {
  /** Where fetched folders are kept. */
  cacheDir: string;
  /** What the operator gives to fetched files. Default: as much as the model needs. */
  maxDiskBytes?: number;
  /** What the operator allows beyond https and the Hub on public addresses. */
  policy?: RemotePolicy;
  /** Instead of the guarded one; for locations that the operator named. */
  source?: CheckpointSource;
}

/** What may lie beside the weights: config, tokenizer, descriptor. */
const BESIDE_BYTES = 256 * 2 ** 20;

/**
 * The run's parameters (and shared optimizer) from where a member posted them, as the canonical serialization. The
 * location is anybody's word; the root is what all agreed on, and nothing else is taken.
 * @param bytes of the serialization, as the manifest implies
 * @throws CheckpointError as {@link pullCheckpoint}; RemoteError for a location that is not fetched from
 */
export async function fetchCheckpoint(location: string, root: string, model: ModelConfig, bytes: number, options: FetchOptions): Promise<Uint8Array> {
  const maxBytes = bytes + BESIDE_BYTES;
  const source = options.source ?? new GuardedSource(location, maxBytes, options.policy);
  const folder = join(options.cacheDir, `checkpoint-${root.slice(0, 16)}`);
  let state: Uint8Array | undefined;
  const take = async (from: string, optimizerState: string | undefined): Promise<void> => {
    await checkConfig(from, model);
    state = await readState(from, modelLayout(model), optimizerState, options.signal);
    await expectRoot(state, root, source.location, options.signal);
  };
  if (!(await isKept(folder, async () => take(folder, (await readDescriptor(folder))?.optimizerState)))) {
    await pullCheckpoint(source, folder, { ...options, root, maxBytes, check: (from, d) => take(from, d.optimizerState) });
  }
  return state!;
}

/**
 * The parameters that a run begins with, where its manifest names a checkpoint: a folder of this client's making, or
 * any Hugging Face folder of the model.
 * @param folder the operator's own copy, instead of the manifest's location
 * @throws CheckpointError, RemoteError, `CHECKPOINT_MISMATCH` where its parameters have another root
 */
export async function fetchInitial(initialization: Extract<InitializationManifest, { kind: 'checkpoint' }>, model: ModelConfig, options: FetchOptions, folder?: string): Promise<Float32Array> {
  const { location, root } = initialization;
  const layout = modelLayout(model);
  // A head that is stored although it is tied makes it larger, by no more than the model.
  const maxBytes = Math.min(8 * parameterCount(layout) + BESIDE_BYTES, options.maxDiskBytes ?? Infinity);
  const source = options.source ?? new GuardedSource(location, maxBytes, options.policy);
  let parameters: Uint8Array | undefined;
  const take = async (from: string): Promise<void> => {
    await checkConfig(from, model);
    parameters = await readCheckpoint(from, layout, options.signal);
    await expectRoot(parameters, root, from, options.signal);
  };
  if (folder !== undefined) {
    await take(folder);
  } else {
    const target = join(options.cacheDir, `initial-${root.slice(0, 16)}`);
    if (!(await isKept(target, () => take(target)))) {
      const sealed = await fetchDescriptor(source, options.signal);
      if (sealed !== undefined) await pullCheckpoint(source, target, { ...options, maxBytes, check: take });
      else await pullModel(source, target, { ...options, maxBytes, check: take });
    }
  }
  return new Float32Array(parameters!.buffer, parameters!.byteOffset, parameters!.length / 4);
}

/**
 * Whether a folder holds, from an earlier time, what is wanted: for this run or another, from wherever. Its root says so, and
 * no server is asked. What does not stand the check is removed, since it would be in the way of every later fetch.
 */
async function isKept(folder: string, check: () => Promise<void>): Promise<boolean> {
  if ((await stat(folder).catch(() => undefined)) === undefined) return false;
  try {
    await check();
    return true;
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    await rm(folder, { recursive: true, force: true });
    return false;
  }
}

async function expectRoot(state: Uint8Array, root: string, where: string, signal: AbortSignal): Promise<void> {
  const found = await rootOf(state, signal);
  if (found !== root) throw new CheckpointError('CHECKPOINT_MISMATCH', `The checkpoint in ${where} has the parameters ${found}, not ${root}. Fetch it from somewhere else.`);
}
