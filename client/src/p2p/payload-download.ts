import { type Hash, createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { bytesEqual, sha256 } from '../protocol/bytes.js';
import { P2pError } from './errors.js';
import { keyId } from './identity.js';
import { rangeCount, rangeLength } from './model-ranges.js';
import { ModelSources, STREAMS_PER_SOURCE, type Turn, takeTurns } from './model-sources.js';
import { RangeDownload, type RangeTarget } from './range-download.js';
import type { RangeStreams } from './range-streams.js';
import { RANGE_BYTES } from './serving-limits.js';

/** Conversations at a time: the trainer's, and some to find out who else has it by now. */
const STREAMS_AT_ONCE = 6;

/** The content's bytes as they come, hashed in order as far as they are there without a gap. */
class Assembly implements RangeTarget {
  /** Whose each range is; by node key in hex. */
  readonly from: string[] = [];
  private bytes: Uint8Array | undefined;
  private readonly digest: Hash = createHash('sha256');
  private hashed = 0;

  constructor(private readonly size: number) {}

  write(range: number, bytes: Uint8Array, source: string): void {
    // only now that a peer has shown that it has something of this size
    this.bytes ??= new Uint8Array(this.size);
    this.bytes.set(bytes, range * RANGE_BYTES);
    this.from[range] = source;
    for (; this.from[this.hashed] !== undefined; this.hashed++) this.digest.update(this.range(this.hashed));
  }

  range(index: number): Uint8Array {
    return this.bytes!.subarray(index * RANGE_BYTES, index * RANGE_BYTES + rangeLength(index, this.size));
  }

  /** All of it, if it is what `hash` says. */
  verified(hash: Uint8Array): Uint8Array | undefined {
    return bytesEqual(this.digest.digest(), hash) ? this.bytes : undefined;
  }
}

/**
 * What several peers gave together, when it is not what it should be: one of them lied, and which one is known as soon
 * as the true bytes are.
 */
export class Suspects {
  private readonly digests: Uint8Array[];

  constructor(
    private readonly from: readonly string[],
    range: (index: number) => Uint8Array,
  ) {
    this.digests = from.map((_, index) => sha256(range(index)));
  }

  /** The peers, node keys in hex, that gave anything but the truth. */
  liars(truth: Uint8Array): string[] {
    const wrong = this.from.filter((_, index) => {
      const range = truth.subarray(index * RANGE_BYTES, (index + 1) * RANGE_BYTES);
      return !bytesEqual(sha256(range), this.digests[index]);
    });
    return [...new Set(wrong)];
  }
}

/** What became of a download: the bytes, or whoever may have lied. */
export type Outcome = { payload: Uint8Array } | { suspects: Suspects; only?: Uint8Array };

/** Pulls one payload in ranges from several holders at once. */
export class PayloadDownload {
  constructor(
    private readonly streams: RangeStreams,
    /** What the range protocol calls payloads. */
    private readonly kind: number,
    private readonly hash: Uint8Array,
    private readonly size: number,
  ) {}

  /**
   * @param sources best first.
   * @throws {P2pError} PAYLOAD_UNAVAILABLE; the signal's reason.
   */
  async run(sources: readonly Uint8Array[], signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted();
    const pool = new ModelSources(sources);
    const assembly = new Assembly(this.size);
    const stop = new AbortController();
    setMaxListeners(0, stop.signal); // each stream and each range of it listens
    const onAbort = () => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const download = new RangeDownload(this.size, assembly, new Set(), { ended: () => stop.abort() });
    const workers = Math.min(STREAMS_AT_ONCE, rangeCount(this.size), STREAMS_PER_SOURCE * pool.size);
    try {
      await Promise.all(Array.from({ length: workers }, () => takeTurns(pool, stop, (turn, inner) => this.drainSource(turn, download, pool, inner))));
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    signal.throwIfAborted();
    if (!download.complete) {
      const cause = new AggregateError(pool.errors);
      const why = pool.errors.map((error) => (error instanceof Error ? error.message : String(error))).slice(0, 5).join('; ');
      throw new P2pError('PAYLOAD_UNAVAILABLE', `no source gave all of the payload: ${why || 'there was none to ask'}`, { cause });
    }
    const payload = assembly.verified(this.hash);
    if (payload !== undefined) return { payload };
    const suspects = new Suspects(assembly.from, (index) => assembly.range(index));
    const givers = new Set(assembly.from);
    return { suspects, only: givers.size === 1 ? sources.find((key) => givers.has(keyId(key))) : undefined };
  }

  private async drainSource(turn: Turn, download: RangeDownload, pool: ModelSources, signal: AbortSignal): Promise<void> {
    const { key, id } = turn.source;
    setMaxListeners(0, signal);
    while (!download.complete) {
      await this.streams.use(key, signal, async (client) => {
        const fetch = (offset: number, target: Uint8Array, inner: AbortSignal) => client.range(this.kind, this.hash, offset, target, this.size, inner);
        const whole = await download.drain(id, fetch, signal, () => pool.delivered(turn));
        if (!whole) client.abort(new Error('another source was faster'));
      });
      await download.changed(id, signal);
    }
  }
}
