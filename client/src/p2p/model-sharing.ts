import type { Stream } from '@libp2p/interface';
import { bytesEqual } from '../protocol/bytes.js';
import { CHUNK_BYTES, leafHash, merkleRoot } from '../protocol/merkle.js';
import { pause } from './deadline.js';
import { P2pError, isOffence } from './errors.js';
import { type PeerStreams, askPeer } from './peer-streams.js';
import { RangeClient, serveRanges } from './range-transfer.js';
import { RANGE_BYTES } from './serving-limits.js';
import type { ServingShare } from './serving-share.js';
import { SharedModels } from './shared-model.js';
import { firstToDeliver } from './sources.js';

export const MODEL_PROTOCOL = '/psyche/model/1';

const LEAVES = 0;
const CONTENT = 1;

/** The largest model a peer sends or takes: 4 GiB, what one buffer of Node holds with certainty. */
export const MAX_MODEL_BYTES = 4 * 1024 ** 3;

/** A source that fails this often in a row (not by lying: then at once) is given up. */
const MAX_FAILURES = 3;
const RETRY_AFTER_MS = 500;

const CHUNKS_PER_RANGE = RANGE_BYTES / CHUNK_BYTES;

/**
 * Pulls and serves the parameters of an epoch's start by their Merkle root: first the leaf hashes, checked against the
 * root, then ranges of chunks from all sources at once, each chunk checked against its leaf.
 */
export class ModelSharing {
  readonly models = new SharedModels();

  constructor(private readonly peers: PeerStreams) {}

  serve(stream: Stream, share: ServingShare, signal: AbortSignal): Promise<void> {
    return serveRanges(
      stream,
      (kind, root) => (kind === LEAVES ? this.models.leaves(root) : kind === CONTENT ? this.models.content(root) : undefined),
      share,
      signal,
    );
  }

  /**
   * What was fetched stays when a source fails; the rest comes from the others.
   *
   * @param size bytes of the whole model, as the manifest implies.
   * @param onProgress hears how many of them are there and checked.
   * @throws {P2pError} TOO_LARGE, or MODEL_UNAVAILABLE when no source is left.
   */
  async fetch(
    root: Uint8Array,
    size: number,
    sources: readonly Uint8Array[],
    signal: AbortSignal,
    onProgress?: (bytes: number, total: number) => void,
  ): Promise<Uint8Array> {
    if (!Number.isInteger(size) || size < 1 || size > MAX_MODEL_BYTES) {
      throw new P2pError('TOO_LARGE', `a model has 1 to ${MAX_MODEL_BYTES} bytes, not ${size}`);
    }
    const leaves = await this.fetchLeaves(root, size, sources, signal);
    const download = new Download(root, leaves, size, onProgress);
    const results = await Promise.all(sources.map((source) => this.fetchFrom(source, download, signal)));
    if (!download.complete) {
      const cause = new AggregateError(results.filter((error) => error !== undefined));
      throw new P2pError(
        'MODEL_UNAVAILABLE',
        `no source is left, ${download.done} of ${size} bytes are there: try again when more members are connected`,
        { cause },
      );
    }
    return download.content;
  }

  private async fetchLeaves(root: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal): Promise<Uint8Array[]> {
    const total = 32 * Math.ceil(size / CHUNK_BYTES);
    const attempt = (source: Uint8Array, inner: AbortSignal) =>
      askPeer(this.peers, source, MODEL_PROTOCOL, inner, async (stream) => {
        const client = new RangeClient(stream);
        const leaves: Uint8Array[] = [];
        for (let offset = 0; offset < total; offset += RANGE_BYTES) {
          const range = new Uint8Array(Math.min(RANGE_BYTES, total - offset));
          await client.range(LEAVES, root, offset, range, total, inner);
          for (let at = 0; at < range.length; at += 32) leaves.push(range.subarray(at, at + 32));
        }
        if (!bytesEqual(merkleRoot(leaves), root)) throw new P2pError('WRONG_HASH', "the model's leaf hashes do not give its root");
        return leaves;
      });
    for (let failures = 1; ; failures++) {
      try {
        return await firstToDeliver(sources, signal, attempt);
      } catch (error) {
        signal.throwIfAborted();
        if (failures === MAX_FAILURES || sources.length === 0) {
          const why = error instanceof Error ? error.message : String(error);
          throw new P2pError('MODEL_UNAVAILABLE', `no source gave the model's hashes: ${why}`, { cause: error });
        }
        await pause(RETRY_AFTER_MS, signal);
      }
    }
  }

  /** Takes ranges off the download until it is complete or this source is given up; then with the reason. */
  private async fetchFrom(source: Uint8Array, download: Download, signal: AbortSignal): Promise<unknown> {
    let failures = 0;
    while (!download.complete) {
      const before = download.done;
      try {
        await askPeer(this.peers, source, MODEL_PROTOCOL, signal, (stream) => download.drain(new RangeClient(stream), signal));
        // all that is left is in others' hands; it may come back
        if (!download.complete) await download.changed(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (isOffence(error)) return error;
        failures = download.done > before ? 1 : failures + 1;
        if (failures === MAX_FAILURES) return error;
        await pause(RETRY_AFTER_MS, signal);
      }
    }
    return undefined;
  }
}

/** A model on its way: which ranges are missing, and the checked bytes. */
class Download {
  readonly content: Uint8Array;
  done = 0;
  private readonly missing: number[];
  private waiting: (() => void)[] = [];
  private underWay = 0;

  constructor(
    private readonly root: Uint8Array,
    private readonly leaves: readonly Uint8Array[],
    private readonly size: number,
    private readonly onProgress?: (bytes: number, total: number) => void,
  ) {
    this.content = new Uint8Array(size);
    this.missing = Array.from({ length: Math.ceil(size / RANGE_BYTES) }, (_, i) => i).reverse();
  }

  get complete(): boolean {
    return this.done === this.size;
  }

  /** Fetches missing ranges from one source until none is left to take. A range that fails goes back. */
  async drain(client: RangeClient, signal: AbortSignal): Promise<void> {
    for (let range = this.missing.pop(); range !== undefined; range = this.missing.pop()) {
      this.underWay++;
      try {
        await this.fetchRange(client, range, signal);
      } catch (error) {
        this.missing.push(range);
        throw error;
      } finally {
        this.underWay--;
        this.notify();
      }
    }
  }

  /** Settles when a range under way is done or has come back. */
  changed(signal: AbortSignal): Promise<void> {
    if (this.underWay === 0 || this.missing.length > 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.push(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }

  private async fetchRange(client: RangeClient, range: number, signal: AbortSignal): Promise<void> {
    const offset = range * RANGE_BYTES;
    // a buffer of its own: a liar's bytes must not lie where another source's are written
    const bytes = new Uint8Array(Math.min(RANGE_BYTES, this.size - offset));
    await client.range(CONTENT, this.root, offset, bytes, this.size, signal);
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const leaf = this.leaves[range * CHUNKS_PER_RANGE + at / CHUNK_BYTES];
      if (!bytesEqual(leafHash(bytes.subarray(at, at + CHUNK_BYTES)), leaf)) {
        throw new P2pError('WRONG_HASH', `chunk ${range * CHUNKS_PER_RANGE + at / CHUNK_BYTES} of the model does not have the hash of its leaf`);
      }
    }
    this.content.set(bytes, offset);
    this.done += bytes.length;
    this.onProgress?.(this.done, this.size);
  }

  private notify(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }
}
