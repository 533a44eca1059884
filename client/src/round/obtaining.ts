import { join } from 'node:path';
import { PsycheError } from '../errors.js';
import { pause } from '../p2p/deadline.js';
import { P2pError } from '../p2p/index.js';
import { bytesEqual, isZero, toHex } from '../protocol/bytes.js';
import { inEpoch, isTraining } from '../protocol/run-view.js';
import { fetchPosted, postedLocation } from './checkpointing.js';
import { type Context, myself } from './context.js';
import type { Duties } from './duties.js';
import { decodeKey } from './keys.js';

/** How often it is looked whether the model is still what the run goes on from, milliseconds. */
const LOOK_MS = 500;
/** How often progress is told, milliseconds. */
const TELL_MS = 5_000;
/** While a posted checkpoint is being fetched, members are asked this often whether they have the model now, milliseconds. */
const MEMBERS_AGAIN_MS = 10_000;
/** Members that give less in so many milliseconds are not all that is tried: 1 MB/s. */
const SLOW_MS = 15_000;
const SLOW_BYTES_PER_MS = 1_000;
/** When nobody had a model that is fetched ahead, members are asked again after this long, milliseconds. */
const AHEAD_AGAIN_MS = 2_000;

/** Where models on their way are kept, apart from what is whole. */
export const downloadsOf = ({ store }: Pick<Context, 'store'>): string => join(store.folder, 'downloads');

/**
 * The agreed state with this root: from the other members, what came of it in earlier attempts first; from where it was
 * posted as well when none of them has it or they give it slowly. Every byte is checked against the root on its way.
 *
 * @param posted where to look beside the members; for tests.
 * @throws {PsycheError} MODEL_NOT_NEEDED when the run goes on from another one, or without this client
 * @throws {P2pError} MODEL_UNAVAILABLE; CANNOT_STORE; whatever {@link fetchPosted} does
 */
export function obtainModel(context: Context, root: Uint8Array, signal: AbortSignal, posted: typeof fetchPosted = fetchPosted, membersAgainMs = MEMBERS_AGAIN_MS): Promise<Uint8Array> {
  const why = () => new PsycheError('MODEL_NOT_NEEDED', 'the run went on without this client while it fetched the model: it joins the next epoch, with a faster link or a longer warmup in time');
  return asLongAs(() => isNeeded(context, root), why, signal, (needed) => fromAnywhere(context, root, needed, posted, membersAgainMs));
}

/** Runs `work` until it is done, or `needed` no longer holds: then its signal fires with what `why` says. */
export async function asLongAs<T>(needed: () => boolean, why: () => Error, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const look = setInterval(() => {
    if (!needed()) over.abort(why());
  }, LOOK_MS);
  try {
    return await work(AbortSignal.any([signal, over.signal]));
  } finally {
    clearInterval(look);
  }
}

/** Members and, once they have failed or given little in a while, the posted checkpoint beside them: who has it first. */
async function fromAnywhere(context: Context, root: Uint8Array, signal: AbortSignal, posted: typeof fetchPosted, membersAgainMs: number): Promise<Uint8Array> {
  const race = new AbortController();
  const both = AbortSignal.any([signal, race.signal]);
  const isPosted = (): boolean => postedLocation(context.view, toHex(root)) !== undefined;
  const failed = new AbortController();
  let here = 0;
  const members = async (): Promise<Uint8Array> => {
    for (;;) {
      try {
        return await fromMembers(context, root, both, (bytes) => (here = bytes));
      } catch (error) {
        if (both.aborted || !isUnavailable(error) || !isPosted()) throw error;
        failed.abort();
      }
      await pause(membersAgainMs, both);
    }
  };
  /** One member that drips would keep all from the checkpoint for ever. */
  const isSlow = async (): Promise<void> => {
    for (let before = here; !failed.signal.aborted; before = here) {
      await pause(SLOW_MS, AbortSignal.any([both, failed.signal])).catch(() => both.throwIfAborted());
      if (isPosted() && here - before < SLOW_MS * SLOW_BYTES_PER_MS) return;
    }
  };
  const checkpoint = async (): Promise<Uint8Array> => {
    for (;;) {
      await isSlow();
      try {
        const state = await posted(context, toHex(root), both);
        if (state !== undefined) return state;
        throw new P2pError('MODEL_UNAVAILABLE', 'neither a member has the model nor is it posted any more: try again when more members are connected');
      } catch (error) {
        // what members give slowly is better than nothing
        if (both.aborted || failed.signal.aborted) throw error;
      }
    }
  };
  const attempts = [members(), checkpoint()];
  try {
    return await Promise.race(attempts);
  } finally {
    race.abort(new Error('the model is here'));
    await Promise.allSettled(attempts); // files are closed, and nothing is left running
  }
}

function fromMembers(context: Context, root: Uint8Array, signal: AbortSignal, onBytes: (bytes: number) => void): Promise<Uint8Array> {
  const { engine, p2p, emit } = context;
  const size = engine.stateBytes;
  emit({ event: 'info', message: `fetching the model (${megabytes(size)} MB) from the other members` });
  const tell = teller(context);
  const onProgress = (bytes: number, total: number): void => (onBytes(bytes), tell(bytes, total));
  return p2p.fetchModel(root, size, sourcesOf(context), signal, { folder: downloadsOf(context), onProgress });
}

function sourcesOf({ view, identity }: Context): Uint8Array[] {
  const members = inEpoch(view) ? view.members : [];
  const keys = new Set([...members, ...view.pending].map((m) => m.key));
  keys.delete(identity.address);
  return [...keys].map(decodeKey);
}

/** Whether the epoch under way, or the next one, starts from this root, and this client can still be in it. */
function isNeeded(context: Context, root: Uint8Array): boolean {
  const { view } = context;
  if (toHex(view.epochHash) !== toHex(root)) return false;
  return !isTraining(view) || myself(context)?.state === 'Healthy';
}

const isUnavailable = (error: unknown): boolean => error instanceof P2pError && error.code === 'MODEL_UNAVAILABLE';

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function teller({ emit }: Context): (bytes: number, total: number) => void {
  let told = performance.now();
  return (bytes, total) => {
    if (performance.now() - told < TELL_MS || bytes === total) return;
    told = performance.now();
    emit({ event: 'info', message: `${megabytes(bytes)} of ${megabytes(total)} MB of the model are here` });
  };
}

/**
 * Fetches what the next epoch starts from as soon as the members have agreed on it, on to the disk: who joins a run under
 * way has Cooldown and the wait for members for it as well, and not Warmup alone, in which all others wait too.
 */
export class ModelAhead {
  private underWay: { stop: AbortController; work: Promise<unknown> } | undefined;

  /** @param againMs how long to wait when nobody had it. */
  constructor(private readonly againMs = AHEAD_AGAIN_MS) {}

  /** Call at every change of the run. */
  update(context: Context, duties: Duties): void {
    if (!lacksNextStart(context)) return void this.underWay?.stop.abort(new Error('it is not what the run goes on from'));
    if (duties.busyWith('model') !== undefined) return;
    const root = context.view.epochHash;
    duties.start('ahead', toHex(root), (signal) => {
      const stop = new AbortController();
      const work = this.fetch(context, root, AbortSignal.any([signal, stop.signal]));
      this.underWay = { stop, work: work.catch(() => {}) };
      return work;
    });
  }

  /** Ends what is under way, so that {@link obtainModel} can go on from where it is. */
  async end(): Promise<void> {
    this.underWay?.stop.abort(new Error('the epoch begins'));
    await this.underWay?.work;
  }

  /** @returns whether it is here */
  private async fetch(context: Context, root: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const { p2p, engine, store } = context;
    try {
      if (await isStored(store, toHex(root))) return true;
      await p2p.fetchModelAhead(root, engine.stateBytes, sourcesOf(context), signal, { folder: downloadsOf(context), onProgress: teller(context) });
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (!isUnavailable(error)) throw error;
      await pause(this.againMs, signal).catch(() => {});
      return false;
    }
  }
}

/** Whether the epoch after this one starts from what this client neither has nor is about to have. */
function lacksNextStart(context: Context): boolean {
  const { view, model, tally, identity } = context;
  if (isZero(view.epochHash) || tally.modelHash === toHex(view.epochHash) || bytesEqual(model.startRoot, view.epochHash)) return false;
  if (!view.pending.some((p) => p.key === identity.address)) return false;
  if (view.state === 'WaitingForMembers') return true;
  // one that has followed the epoch makes the same parameters itself
  return view.state === 'Cooldown' && view.epochHashAgreed && !(model.epoch === view.epoch && model.inSync);
}

async function isStored(store: Context['store'], root: string): Promise<boolean> {
  try {
    return (await store.readParameters(root)) !== undefined;
  } catch {
    return false; // damaged: warming tells
  }
}
