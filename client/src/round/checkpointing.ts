import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../protocol/bytes.js';
import { operatorPolicy } from '../training/data/remote.js';
import {
  type CheckpointLocation, type CheckpointOrigin, epochLocation, fetchCheckpoint, formatLocation, OPTIMIZER_NAME, openStore, publishCheckpoint, sealCheckpoint, type StoreOptions,
} from '../training/checkpoint/index.js';
import { writeFlushed } from '../training/checkpoint/folder-store.js';
import { TOKENIZER_NAME } from '../training/tokenizer/index.js';
import type { Context } from './context.js';

/** Where a member keeps the run's checkpoints beside its own disk, if its operator says so. */
export interface CheckpointKeeping {
  location: CheckpointLocation;
  options: StoreOptions;
}

/** Whether others can fetch from a location: a folder of this machine is nobody else's, and members' own word is p2p. */
export const isDurable = (location: string): boolean => /^(https|http|hf):\/\//.test(location);

/** The folder of the checkpoint after so many steps. */
export const stepFolder = ({ store }: Pick<Context, 'store'>, step: number): string => join(store.checkpoints, `step-${step}`);

/**
 * Writes the checkpoint of the epoch that ends: the model as a Hugging Face folder, its tokenizer, what of the optimizer all
 * members share, and a descriptor of the files' hashes.
 * @param state the canonical serialization, of which `root` is the hash
 * @returns the folder
 */
export async function writeEpoch(context: Context, state: Uint8Array, root: string, signal: AbortSignal): Promise<string> {
  const { engine, tokenizer, view, manifestHash } = context;
  const { epoch, step, address: run } = view;
  const folder = stepFolder(context, step);
  await engine.writeCheckpoint(folder, { step, hash: root }, { endOfText: tokenizer.endOfText, signal });
  if (tokenizer.json !== undefined) await writeFlushed(join(folder, TOKENIZER_NAME), [tokenizer.json]);
  const shared = state.subarray(engine.gradientBytes);
  if (shared.length > 0) await writeFlushed(join(folder, OPTIMIZER_NAME), [shared]);
  const origin: CheckpointOrigin = { root, run, epoch, step, manifest: toHex(manifestHash), ...(shared.length > 0 ? { optimizerState: OPTIMIZER_NAME } : {}) };
  await sealCheckpoint(folder, origin, signal);
  return folder;
}

/** Publishes what {@link writeEpoch} wrote and the members have agreed on; where that fails, members have it still. @returns what to post on the chain */
export async function locationToPost(context: Context, root: string, signal: AbortSignal): Promise<string> {
  const { checkpoints: keeping, view, emit, identity } = context;
  const own = `p2p://${identity.address}`;
  if (keeping === undefined) return own;
  try {
    const target = openStore(epochLocation(keeping.location, view.epoch, root), keeping.options);
    const location = await publishCheckpoint(target, stepFolder(context, view.step), { signal });
    emit({ event: 'info', message: `the checkpoint of step ${view.step} is in ${location}` });
    return isDurable(location) ? location : own;
  } catch (error) {
    signal.throwIfAborted();
    emit({ event: 'warning', code: (error as { code?: string }).code ?? 'CHECKPOINT_STORE', message: `the checkpoint was not stored, members have it: ${(error as Error).message}` });
    return own;
  }
}

/**
 * The agreed state from where a member posted it, for when no peer has it. @returns undefined where none is posted that
 * can be fetched
 */
export async function fetchPosted(context: Context, root: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { view, store, engine, emit, manifest, checkpoints: keeping } = context;
  const posted = view.checkpoint;
  if (posted === undefined || toHex(posted.hash) !== root || !isDurable(posted.location)) return undefined;
  emit({ event: 'info', message: `no member has the model: fetching it from ${posted.location}` });
  const cacheDir = join(store.folder, 'fetched');
  // The operator's own store is trusted, wherever it is; what the chain says otherwise is some member's word.
  const policy = operatorPolicy(keeping === undefined ? [] : [formatLocation(keeping.location)]);
  const state = await fetchCheckpoint(posted.location, root, manifest.model, engine.stateBytes, { cacheDir, policy, signal });
  // The caller keeps it in the node's own way.
  await rm(cacheDir, { recursive: true, force: true });
  return state;
}
