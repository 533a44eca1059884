import { readThrough } from '../data/random-access.js';
import { openRemote, RemoteError, type RemoteFile, type RemotePolicy } from '../data/remote.js';
import { CheckpointError } from '../errors.js';
import type { CheckpointSource, OpenedFile } from './store.js';

const PIECE_BYTES = 8 << 20;

/** Of so many files the piece that was read last is held. A model can have thousands. */
const MOST_HELD = 4;

/**
 * A checkpoint at a location that somebody else named: a run's manifest, or the member that posted it on the chain.
 * HTTPS and the Hub only, private addresses refused when the connection is made, no file larger than `maxBytes`.
 */
export class GuardedSource implements CheckpointSource {
  private readonly files = new Map<string, Promise<RemoteFile>>();

  /** @param policy what the operator allows beyond that; default: the environment's */
  constructor(readonly location: string, private readonly maxBytes: number, private readonly policy?: RemotePolicy) {}

  async open(name: string, from: number, signal: AbortSignal): Promise<OpenedFile> {
    let opened = this.files.get(name);
    if (opened === undefined) {
      opened = openRemote(this.location, { path: name, maxBytes: this.maxBytes, policy: this.policy, blockBytes: PIECE_BYTES, signal });
      this.files.set(name, opened);
      // One that failed is asked for again.
      opened.catch(() => this.files.delete(name));
    }
    try {
      const file = await opened;
      await this.letGo(name, opened);
      return { size: file.size, body: this.named(readThrough(file, from, file.size, PIECE_BYTES, signal), signal) };
    } catch (error) {
      throw named(error, this.location, signal);
    }
  }

  /** Forgets what is held of files but the ones used last; their sizes and versions stay known. */
  private async letGo(name: string, opened: Promise<RemoteFile>): Promise<void> {
    this.files.delete(name);
    this.files.set(name, opened);
    const oldest = [...this.files.values()].at(-1 - MOST_HELD);
    await oldest?.then((file) => file.close(), () => {});
  }

  private async *named(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw named(error, this.location, signal);
    }
  }
}

/** What pulling a checkpoint tells apart; refusals keep their own names. */
function named(error: unknown, location: string, signal: AbortSignal): unknown {
  signal.throwIfAborted();
  if (!(error instanceof RemoteError)) return error;
  if (error.code === 'REMOTE_NOT_FOUND') return new CheckpointError('CHECKPOINT_NOT_FOUND', error.message, { cause: error });
  // It has tried again often enough itself: no code that is tried once more.
  return error.code === 'REMOTE_UNAVAILABLE' ? new CheckpointError('CHECKPOINT_UNREACHABLE', `${location} cannot be had now: ${error.message}`, { cause: error }) : error;
}
