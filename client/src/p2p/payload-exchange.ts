import { createHash } from 'node:crypto';
import type { Stream } from '@libp2p/interface';
import { bytesEqual } from '../protocol/bytes.js';
import { ContentStore, MAX_PAYLOAD_BYTES } from './content-store.js';
import { pause } from './deadline.js';
import { P2pError } from './errors.js';
import { type PeerStreams, askPeer } from './peer-streams.js';
import { RangeClient, type RangeShare, serveRanges } from './range-transfer.js';
import { RANGE_BYTES } from './serving-limits.js';
import type { ServingShare } from './serving-share.js';
import { firstToDeliver } from './sources.js';

export const PAYLOAD_PROTOCOL = '/psyche/payload/1';

/** The only kind of content this protocol names: a payload by its SHA-256. */
const PAYLOAD = 0;

/** A trainer announces before every peer can have the payload: sources that failed are asked again after these waits. */
const RETRY_AFTER_MS = [250, 1_000];

/** Pulls payloads by hash from whoever has them, and serves those this node has (protocol 3.3). */
export class PayloadExchange {
  readonly store = new ContentStore();
  private underWay = 0;

  constructor(private readonly peers: PeerStreams) {}

  serve(stream: Stream, share: ServingShare, signal: AbortSignal): Promise<void> {
    return serveRanges(stream, (kind, hash) => (kind === PAYLOAD ? this.store.source(hash) : undefined), share.isObserver ? share : this.counted(share), signal);
  }

  /** Whether any payload is on its way to a member: what can wait, waits. */
  get serving(): boolean {
    return this.underWay > 0;
  }

  private counted(share: RangeShare): RangeShare {
    return {
      request: (signal) => share.request(signal),
      mayHave: (...content) => share.mayHave(...content),
      run: (bytes, signal, work) => {
        this.underWay++;
        return share.run(bytes, signal, work).finally(() => this.underWay--);
      },
    };
  }

  /**
   * @param size bytes, as announced; an answer of another size is refused before any of it is read.
   * @param sources node keys, best first.
   * @throws {P2pError} TOO_LARGE, or PAYLOAD_UNAVAILABLE when every source was asked several times.
   */
  async fetch(hash: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal): Promise<Uint8Array> {
    const own = this.store.get(hash);
    if (own !== undefined) return own;
    if (!Number.isInteger(size) || size < 1 || size > MAX_PAYLOAD_BYTES) {
      throw new P2pError('TOO_LARGE', `a payload of ${size} bytes was announced; 1 to ${MAX_PAYLOAD_BYTES} are taken`);
    }
    for (let attempt = 0; ; attempt++) {
      try {
        return await firstToDeliver(sources, signal, (source, inner) => this.fetchFrom(source, hash, size, inner));
      } catch (error) {
        signal.throwIfAborted();
        if (attempt === RETRY_AFTER_MS.length || sources.length === 0) {
          const why = error instanceof Error ? error.message : String(error);
          throw new P2pError('PAYLOAD_UNAVAILABLE', `no source gave the payload: ${why}`, { cause: error });
        }
        await pause(RETRY_AFTER_MS[attempt], signal);
      }
    }
  }

  private fetchFrom(source: Uint8Array, hash: Uint8Array, size: number, signal: AbortSignal): Promise<Uint8Array> {
    return askPeer(this.peers, source, PAYLOAD_PROTOCOL, signal, async (stream) => {
      const client = new RangeClient(stream);
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
}
