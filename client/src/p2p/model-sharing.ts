import { setMaxListeners } from 'node:events';
import type { Stream } from '@libp2p/interface';
import { bytesEqual } from '../protocol/bytes.js';
import { merkleRoot } from '../protocol/merkle.js';
import { pause } from './deadline.js';
import { P2pError, isOffence } from './errors.js';
import { ModelDownload } from './model-download.js';
import { ModelPacing } from './model-pacing.js';
import { LEAF_BYTES, leafCount, splitLeaves } from './model-ranges.js';
import { MAX_FAILURES, ModelSources, STREAMS_PER_SOURCE, type Turn, takeTurns } from './model-sources.js';
import { ModelFile, ModelInMemory, type PartialModel } from './partial-model.js';
import { type PeerStreams, askPeer } from './peer-streams.js';
import { RangeClient, type RangeShare, serveRanges } from './range-transfer.js';
import { RANGE_BYTES } from './serving-limits.js';
import { SharedModels } from './shared-model.js';
import { firstToDeliver } from './sources.js';

export const MODEL_PROTOCOL = '/psyche/model/1';

const LEAVES = 0;
const CONTENT = 1;

/** The largest model a peer sends or takes: 4 GiB, what one buffer of Node holds with certainty. */
export const MAX_MODEL_BYTES = 4 * 1024 ** 3;

const LEAVES_RETRY_MS = 500;

/** Streams at a time, to all sources together. Each has one range under way, so this bounds a download's memory: 32 MiB. */
const STREAMS_AT_ONCE = 32;

export interface ModelFetchOptions {
  /** Where what has come is kept: a fetch of the same model, by this process or a later one, goes on from there. */
  folder?: string;
  /** Hears how many bytes are there and checked, of how many. */
  onProgress?: (bytes: number, total: number) => void;
}

/**
 * Pulls and serves the parameters of an epoch's start by their Merkle root: first the leaf hashes, checked against the
 * root, then ranges of chunks from many sources at once, each chunk checked against its leaf before it is kept.
 */
export class ModelSharing {
  readonly models = new SharedModels();

  private readonly pacing: ModelPacing;

  /** @param busy whether the node is sending others what a round waits for. */
  constructor(
    private readonly peers: PeerStreams,
    busy: () => boolean = () => false,
  ) {
    this.pacing = new ModelPacing(busy);
  }

  /** Never throws. @param share a member's: models are not for observers. */
  serve(stream: Stream, share: RangeShare, signal: AbortSignal): Promise<void> {
    const lookup = (kind: number, root: Uint8Array) => (kind === LEAVES ? this.models.leaves(root) : kind === CONTENT ? this.models.content(root) : undefined);
    return serveRanges(stream, lookup, this.pacing.paced(share), signal);
  }

  /**
   * What was fetched stays when a source fails; the rest comes from the others.
   *
   * @param size bytes of the whole model, as the manifest implies.
   * @throws {P2pError} TOO_LARGE; CANNOT_STORE; MODEL_UNAVAILABLE when no source is left: try again when there are others.
   */
  async fetch(root: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal, options: ModelFetchOptions = {}): Promise<Uint8Array> {
    checkSize(size);
    const { folder, onProgress } = options;
    const target = folder === undefined ? new ModelInMemory(size) : await ModelFile.open(folder, root, size);
    try {
      await this.complete(target, root, size, sources, signal, onProgress);
      return await target.content(signal);
    } finally {
      await target.close();
    }
  }

  /**
   * The same, into the folder only, where a later {@link fetch} finds it: takes no more memory than what is under way.
   *
   * @throws {P2pError} as {@link fetch}
   */
  async fetchAhead(root: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal, options: ModelFetchOptions & { folder: string }): Promise<void> {
    checkSize(size);
    const target = await ModelFile.open(options.folder, root, size);
    try {
      await this.complete(target, root, size, sources, signal, options.onProgress);
    } finally {
      await target.close();
    }
  }

  /** Fetches what a target does not have yet. */
  private async complete(target: PartialModel, root: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal, progress?: ModelFetchOptions['onProgress']): Promise<void> {
    // Newcomers of one epoch have the same list, and must not all ask the same ones.
    const pool = new ModelSources(shuffled(sources));
    const present = await target.present(signal);
    const leaves = target.leaves ?? (await this.fetchLeaves(root, size, pool, signal));
    if (target.leaves === undefined) await target.keepLeaves(leaves);
    const stop = new AbortController();
    setMaxListeners(0, stop.signal); // each stream and each range of it listens
    let failure: unknown;
    const ended = (error?: unknown) => {
      failure ??= error;
      stop.abort();
    };
    const onAbort = () => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const download = new ModelDownload(size, leaves, target, present, { progress, ended });
    const workers = Array.from({ length: Math.min(STREAMS_AT_ONCE, STREAMS_PER_SOURCE * pool.size) }, () =>
      takeTurns(pool, stop, (turn, inner) => this.drainSource(root, size, turn, download, pool, inner)),
    );
    await Promise.all(workers).finally(() => signal.removeEventListener('abort', onAbort));
    signal.throwIfAborted();
    if (failure !== undefined) throw failure;
    if (download.complete) return;
    const why = pool.errors.map((error) => (error instanceof Error ? error.message : String(error))).join('; ');
    throw new P2pError('MODEL_UNAVAILABLE', `no source is left, ${download.done} of ${size} bytes are there (${why}): try again when more members are connected`, {
      cause: new AggregateError(pool.errors),
    });
  }

  private async fetchLeaves(root: Uint8Array, size: number, pool: ModelSources, signal: AbortSignal): Promise<Uint8Array[]> {
    const total = LEAF_BYTES * leafCount(size);
    const attempt = (source: Uint8Array, inner: AbortSignal) =>
      askPeer(this.peers, source, MODEL_PROTOCOL, inner, async (stream, pace) => {
        const client = new RangeClient(stream, pace);
        const bytes = new Uint8Array(total);
        for (let offset = 0; offset < total; offset += RANGE_BYTES) {
          await client.range(LEAVES, root, offset, bytes.subarray(offset, offset + RANGE_BYTES), total, inner);
        }
        const leaves = splitLeaves(bytes);
        if (!bytesEqual(merkleRoot(leaves), root)) throw new P2pError('WRONG_HASH', "the model's leaf hashes do not give its root");
        return leaves;
      }).catch((error: unknown) => {
        if (isOffence(error)) pool.lied(source, error);
        throw error;
      });
    for (let failures = 1; ; failures++) {
      try {
        return await firstToDeliver(pool.honest, signal, attempt);
      } catch (error) {
        signal.throwIfAborted();
        if (failures === MAX_FAILURES || pool.honest.length === 0) {
          const why = error instanceof Error ? error.message : String(error);
          throw new P2pError('MODEL_UNAVAILABLE', `no source gave the model's hashes: ${why}`, { cause: error });
        }
        await pause(LEAVES_RETRY_MS, signal);
      }
    }
  }

  /** Takes ranges from one source, over one stream after the other, until the download ends. */
  private async drainSource(root: Uint8Array, size: number, turn: Turn, download: ModelDownload, pool: ModelSources, signal: AbortSignal): Promise<void> {
    const { key, id } = turn.source;
    while (!download.complete) {
      // no stream is kept open for what may come back from others
      await download.changed(id, signal);
      await askPeer(this.peers, key, MODEL_PROTOCOL, signal, async (stream, pace) => {
        const client = new RangeClient(stream, pace);
        const fetch = (offset: number, target: Uint8Array, inner: AbortSignal) => client.range(CONTENT, root, offset, target, size, inner);
        const whole = await download.drain(id, fetch, signal, () => pool.delivered(turn));
        if (!whole) client.abort(new Error('another source was faster'));
      });
    }
  }
}

/** @throws {P2pError} TOO_LARGE */
function checkSize(size: number): void {
  if (!Number.isInteger(size) || size < 1 || size > MAX_MODEL_BYTES) {
    throw new P2pError('TOO_LARGE', `a model has 1 to ${MAX_MODEL_BYTES} bytes, not ${size}`);
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = items.map((item) => ({ item, at: Math.random() }));
  return order.sort((a, b) => a.at - b.at).map(({ item }) => item);
}
