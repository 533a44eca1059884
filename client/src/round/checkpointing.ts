import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../protocol/bytes.js';
import { hasEpochVote } from '../protocol/run-view.js';
import { operatorPolicy } from '../training/data/remote.js';
import {
  type CheckpointLocation, type CheckpointOrigin, epochLocation, fetchCheckpoint, formatLocation, OPTIMIZER_NAME, openStore, publishCheckpoint, sealCheckpoint, type StoreOptions,
} from '../training/checkpoint/index.js';
import { writeFlushed } from '../training/checkpoint/folder-store.js';
import { CheckpointError } from '../training/errors.js';
import { TOKENIZER_NAME } from '../training/tokenizer/index.js';
import type { Context } from './context.js';
import type { Duties } from './duties.js';
import { orSomebodyElse } from './pacing.js';

/** Where a member keeps the run's checkpoints beside its own disk, if its operator says so. */
export interface CheckpointKeeping {
  location: CheckpointLocation;
  options: StoreOptions;
}

/** What an epoch came to. */
export interface EpochEnd {
  /** Of the agreed state, in hex. */
  root: string;
  epoch: number;
  step: number;
}

/** The duty that ends before the participant does. */
export const STORE_DUTY = 'store';

/** How long the next elected member leaves it to those before, in slots: uploads take their time. */
const SLOTS_APART = 25;

/** Whether others can fetch from a location: a folder of this machine is nobody else's, and members' own word is p2p. */
export const isDurable = (location: string): boolean => /^(https|http|hf):\/\//.test(location);

/** The folder of the checkpoint after so many steps. */
export const stepFolder = ({ store }: Pick<Context, 'store'>, step: number): string => join(store.checkpoints, `step-${step}`);

/**
 * Writes the checkpoint of the epoch that ends: the model as a Hugging Face folder, its tokenizer, what of the optimizer all
 * members share, and a descriptor of the files' hashes.
 * @param state the canonical serialization, of which `root` is the hash
 * @param end the epoch that ends, which is not the view's any more once Cooldown is over
 * @returns the folder
 */
export async function writeEpoch(context: Context, state: Uint8Array, { root, epoch, step }: EpochEnd, signal: AbortSignal): Promise<string> {
  const { engine, tokenizer, manifestHash } = context;
  const { address: run } = context.view;
  const folder = stepFolder(context, step);
  await engine.writeCheckpoint(folder, { step, hash: root }, { endOfText: tokenizer.endOfText, signal });
  if (tokenizer.json !== undefined) await writeFlushed(join(folder, TOKENIZER_NAME), [tokenizer.json]);
  const shared = state.subarray(engine.gradientBytes);
  if (shared.length > 0) await writeFlushed(join(folder, OPTIMIZER_NAME), [shared]);
  const origin: CheckpointOrigin = { root, run, epoch, step, manifest: toHex(manifestHash), ...(shared.length > 0 ? { optimizerState: OPTIMIZER_NAME } : {}) };
  await sealCheckpoint(folder, origin, signal);
  return folder;
}

/**
 * Stores what the members agreed on at the epoch's end, and posts where, if this member is elected to: beside everything
 * else, for as long as it takes, while the chain takes it (until the next epoch begins). A member without a store has
 * posted itself by then; a store outlives what members hold in memory.
 */
export function keepCheckpoint(context: Context, duties: Duties): void {
  const { checkpoints: keeping, view, tally, identity, clock } = context;
  if (keeping === undefined || !view.epochHashAgreed || !['Cooldown', 'WaitingForMembers', 'Paused', 'Finished'].includes(view.state)) return;
  const epoch = view.state === 'Cooldown' ? view.epoch : view.epoch - 1;
  const agreed = view.epochHash;
  const root = toHex(agreed);
  if (tally.epochEnd?.epoch !== epoch || toHex(tally.epochEnd.hash) !== root || tally.checkpoint !== stepFolder(context, view.step)) return;
  if (postedLocation(view, root) !== undefined) return;
  const me = view.members.find((m) => m.key === identity.address);
  const place = me === undefined || !hasEpochVote(me) ? -1 : view.checkpointers.indexOf(me.index);
  if (place < 0) return;
  // At the end all do, since those before may be gone before they have.
  const over = view.state === 'Paused' || view.state === 'Finished';
  if (!over && clock.current() < Number(view.stateStartSlot) + SLOTS_APART * place) return;
  const { step } = view;
  duties.start(STORE_DUTY, `${epoch}`, async (signal) => {
    const location = await storeEpoch(context, keeping, { root, epoch, step }, signal);
    if (location === undefined || !isDurable(location)) return true;
    return orSomebodyElse(() => context.chain.checkpoint({ epoch, hash: agreed, location }, { signal }));
  });
}

/**
 * Publishes what {@link writeEpoch} wrote.
 * @returns where it is now; undefined, with a warning, where it could not be stored: members have it still
 */
export async function storeEpoch(context: Context, keeping: CheckpointKeeping, { root, epoch, step }: EpochEnd, signal: AbortSignal): Promise<string | undefined> {
  const { emit } = context;
  try {
    const target = openStore(epochLocation(keeping.location, epoch, root), keeping.options);
    const location = await publishCheckpoint(target, stepFolder(context, step), { signal });
    emit({ event: 'info', message: `the checkpoint of step ${step} is in ${location}` });
    return location;
  } catch (error) {
    signal.throwIfAborted();
    emit({ event: 'warning', code: (error as { code?: string }).code ?? 'CHECKPOINT_STORE', message: `the checkpoint of step ${step} was not stored: ${(error as Error).message}` });
    return undefined;
  }
}

/** What a server is given for a model, and slower than this it is not waited for. */
const LEAST_PATIENCE_MS = 600_000;
const SLOWEST_BYTES_PER_SECOND = 1_000_000;

/** Where a member posted the state of this root (hex) for everyone, if one did. */
export function postedLocation({ checkpoint }: Context['view'], root: string): string | undefined {
  return checkpoint !== undefined && toHex(checkpoint.hash) === root && isDurable(checkpoint.location) ? checkpoint.location : undefined;
}

/**
 * The agreed state from where a member posted it, for when no peer has it. What came of it in time is kept for the next
 * attempt: whoever posts a server that drips must not keep this node from asking its peers again.
 * @param patienceMs default: ten minutes, and what the bytes need at 1 MB/s
 * @returns undefined where none is posted that can be fetched
 * @throws CheckpointError `CHECKPOINT_UNREACHABLE` where it took too long, and as {@link fetchCheckpoint}; RemoteError
 */
export async function fetchPosted(context: Context, root: string, signal: AbortSignal, patienceMs = LEAST_PATIENCE_MS + context.engine.stateBytes / (SLOWEST_BYTES_PER_SECOND / 1000)): Promise<Uint8Array | undefined> {
  const { view, store, engine, emit, manifest, checkpoints: keeping } = context;
  const location = postedLocation(view, root);
  if (location === undefined) return undefined;
  emit({ event: 'info', message: `no member has the model: fetching it from ${location}` });
  const cacheDir = join(store.folder, 'fetched');
  // The operator's own store is trusted, wherever it is; what the chain says otherwise is some member's word.
  const policy = operatorPolicy(keeping === undefined ? [] : [formatLocation(keeping.location)]);
  const deadline = AbortSignal.timeout(Math.min(Math.ceil(patienceMs), 2 ** 31 - 1));
  const state = await fetchCheckpoint(location, root, manifest.model, engine.stateBytes, { cacheDir, policy, signal: AbortSignal.any([signal, deadline]) }).catch((error: unknown) => {
    if (signal.aborted || !deadline.aborted) throw error;
    throw new CheckpointError('CHECKPOINT_UNREACHABLE', `${location} is too slow: what it sent is kept, and the members are asked again first.`, { cause: error });
  });
  // The caller keeps it in the node's own way.
  await rm(cacheDir, { recursive: true, force: true });
  return state;
}
