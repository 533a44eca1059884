import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../protocol/bytes.js';
import { operatorPolicy } from '../training/data/remote.js';
import {
  type CheckpointLocation, type CheckpointOrigin, epochLocation, fetchCheckpoint, formatLocation, OPTIMIZER_NAME, openStore, publishCheckpoint, sealCheckpoint, type StoreOptions,
} from '../training/checkpoint/index.js';
import { writeFlushed } from '../training/checkpoint/folder-store.js';
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
 * Makes the epoch's folder a checkpoint and puts it into the operator's store.
 * @param shared the part of the agreed state that is the optimizer's
 * @returns the location to read it from
 */
export async function publishEpoch(keeping: CheckpointKeeping, folder: string, origin: CheckpointOrigin & { epoch: number }, shared: Uint8Array, signal: AbortSignal): Promise<string> {
  if (shared.length > 0) await writeFlushed(join(folder, OPTIMIZER_NAME), [shared]);
  await sealCheckpoint(folder, { ...origin, ...(shared.length > 0 ? { optimizerState: OPTIMIZER_NAME } : {}) }, signal);
  const store = openStore(epochLocation(keeping.location, origin.epoch, origin.root), keeping.options);
  return publishCheckpoint(store, folder, { signal });
}

/** Publishes what the members have agreed on; where that fails, members have it still. @returns what to post on the chain */
export async function locationToPost(context: Context, root: string, signal: AbortSignal): Promise<string> {
  const { checkpoints: keeping, view, store, engine, emit, identity, manifestHash } = context;
  const own = `p2p://${identity.address}`;
  if (keeping === undefined) return own;
  try {
    const state = store.loadParameters(root);
    const origin = { root, run: view.address, epoch: view.epoch, step: view.step, manifest: toHex(manifestHash) };
    const location = await publishEpoch(keeping, stepFolder(context, view.step), origin, state?.subarray(engine.gradientBytes) ?? new Uint8Array(0), signal);
    emit({ event: 'info', message: `the checkpoint of step ${origin.step} is in ${location}` });
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
