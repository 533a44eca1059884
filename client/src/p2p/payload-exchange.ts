import { createHash } from 'node:crypto';
import type { Stream } from '@libp2p/interface';
import { bytesEqual, fromHex } from '../protocol/bytes.js';
import { ContentStore, MAX_PAYLOAD_BYTES } from './content-store.js';
import { pause } from './deadline.js';
import { P2pError, isOffence } from './errors.js';
import { keyId } from './identity.js';
import { PayloadDownload, type Suspects } from './payload-download.js';
import type { PeerStreams } from './peer-streams.js';
import { RangeStreams } from './range-streams.js';
import { type RangeShare, serveRanges } from './range-transfer.js';
import { RANGE_BYTES } from './serving-limits.js';
import type { ServingShare } from './serving-share.js';
import { STAGGER_MS, firstToDeliver } from './sources.js';
import { UnderWay } from './under-way.js';

export const PAYLOAD_PROTOCOL = '/psyche/payload/1';

/** The only kind of content this protocol names: a payload by its SHA-256. */
const PAYLOAD = 0;

/** Larger payloads come from several holders at once; of smaller ones asking others would cost more than it saves. */
const ONE_SOURCE_BYTES = 2 * RANGE_BYTES;

/** A trainer announces before every peer can have the payload: sources that failed are asked again after these waits. */
const RETRY_AFTER_MS = [250, 1_000];

/** Pulls payloads by hash from whoever has them, and serves those this node has (protocol 3.3). */
export class PayloadExchange {
  readonly store = new ContentStore();
  private readonly streams: RangeStreams;
  private readonly underWay = new UnderWay();

  constructor(private readonly peers: PeerStreams) {
    this.streams = new RangeStreams(peers, PAYLOAD_PROTOCOL);
  }

  serve(stream: Stream, share: ServingShare, signal: AbortSignal): Promise<void> {
    return serveRanges(stream, (kind, hash) => (kind === PAYLOAD ? this.store.source(hash) : undefined), share.isObserver ? share : this.counted(share), signal);
  }

  /** Whether any payload is on its way to a member that reads it: what can wait, waits. */
  get serving(): boolean {
    return this.underWay.count > 0;
  }

  private counted(share: RangeShare): RangeShare {
    return {
      request: (signal) => share.request(signal),
      mayHave: (...content) => share.mayHave(...content),
      run: (bytes, signal, work) =>
        share.run(bytes, signal, () => {
          const transfer = this.underWay.begin();
          return work(transfer.onTaken).finally(() => transfer.end());
        }),
    };
  }

  /**
   * @param size bytes, as announced; an answer of another size is refused before any of it is read.
   * @param sources node keys, best first: the trainer, then others that may have it.
   * @throws {P2pError} TOO_LARGE, or PAYLOAD_UNAVAILABLE when every source was asked several times.
   */
  async fetch(hash: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal): Promise<Uint8Array> {
    const own = this.store.get(hash);
    if (own !== undefined) return own;
    if (!Number.isInteger(size) || size < 1 || size > MAX_PAYLOAD_BYTES) {
      throw new P2pError('TOO_LARGE', `a payload of ${size} bytes was announced; 1 to ${MAX_PAYLOAD_BYTES} are taken`);
    }
    const order = this.inOrder(sources);
    return size <= ONE_SOURCE_BYTES || order.length < 2 ? this.fetchFromOne(hash, size, order, signal) : this.fetchFromMany(hash, size, order, signal);
  }

  /** In ranges from several at once. Where these do not add up, from one after the other, which shows who lied. */
  private async fetchFromMany(hash: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal): Promise<Uint8Array> {
    const outcome = await new PayloadDownload(this.streams, PAYLOAD, hash, size).run(sources, signal);
    if ('payload' in outcome) return outcome.payload;
    if (outcome.only !== undefined) this.accuse(outcome.only);
    const honest = sources.filter((source) => source !== outcome.only);
    const payload = await this.fetchFromOne(hash, size, honest, signal);
    this.accuseLiars(outcome.suspects, payload);
    return payload;
  }

  private accuseLiars(suspects: Suspects, payload: Uint8Array): void {
    for (const liar of suspects.liars(payload)) this.accuse(fromHex(liar));
  }

  private accuse(source: Uint8Array): void {
    this.peers.offence(source, new P2pError('WRONG_HASH', 'gave bytes that are not of the payload it was asked for'));
  }

  /** Whole, from the first source that gives it. */
  private async fetchFromOne(hash: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal): Promise<Uint8Array> {
    const honest = [...sources];
    for (let attempt = 0; ; attempt++) {
      // who is usually slow is not overtaken for being so
      const staggerMs = Math.max(STAGGER_MS, honest.length === 0 ? 0 : (this.peers.pace(honest[0]).expected(size) ?? 0));
      try {
        return await firstToDeliver(
          [...honest],
          signal,
          (source, inner) =>
            this.fetchFrom(source, hash, size, inner).catch((error: unknown) => {
              if (isOffence(error)) honest.splice(honest.indexOf(source), 1);
              throw error;
            }),
          staggerMs,
        );
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === RETRY_AFTER_MS.length || honest.length === 0) {
          const why = error instanceof Error ? error.message : String(error);
          throw new P2pError('PAYLOAD_UNAVAILABLE', `no source gave the payload: ${why}`, { cause: error });
        }
        await pause(RETRY_AFTER_MS[attempt], signal);
      }
    }
  }

  private fetchFrom(source: Uint8Array, hash: Uint8Array, size: number, signal: AbortSignal): Promise<Uint8Array> {
    return this.streams.use(source, signal, async (client) => {
      const digest = createHash('sha256');
      let payload: Uint8Array | undefined;
      for (let offset = 0; offset < size; offset += RANGE_BYTES) {
        const range = new Uint8Array(Math.min(RANGE_BYTES, size - offset));
        await client.range(PAYLOAD, hash, offset, range, size, signal);
        digest.update(range);
        if (range.length === size) payload = range;
        // only now that the peer has shown it has something of this size
        payload ??= new Uint8Array(size);
        if (payload !== range) payload.set(range, offset);
      }
      if (!bytesEqual(digest.digest(), hash)) throw new P2pError('WRONG_HASH', 'the payload does not have the hash it was asked for by');
      return payload!;
    });
  }

  /** As given, without repetitions; but after the first, those that did not answer in time lately stand last. */
  private inOrder(sources: readonly Uint8Array[]): Uint8Array[] {
    const [first, ...others] = new Map(sources.map((key) => [keyId(key), key])).values();
    if (first === undefined) return [];
    const late = (key: Uint8Array): number => (this.peers.pace(key).isLate ? 1 : 0);
    return [first, ...others.sort((a, b) => late(a) - late(b))];
  }
}
