import type { Connection, Stream } from '@libp2p/interface';
import { P2pError } from './errors.js';
import type { Tier } from './serving-limits.js';
import { type Now, TokenBucket } from './token-bucket.js';

/** What a connection may do before any of our protocols is spoken. */
interface GuardLimits {
  /** Streams it may open, at once and per second in the long run. Members keep theirs for many requests. */
  burst: number;
  perSecond: number;
  /** Streams it may have open at a time, negotiated or not. libp2p itself allows 128. */
  open: number;
}

const LIMITS: Record<Tier, GuardLimits> = {
  member: { burst: 1024, perSecond: 64, open: 128 },
  // room for a member that is not known yet: a dozen for payloads, and one each for all else
  observer: { burst: 32, perSecond: 2, open: 24 },
};

/**
 * What may wait to be sent on one connection. Our own writers stop after a piece a stream, see writeAll, and gossip at
 * 8 MiB; beyond are only answers that libp2p gives by itself (resets, pongs) to a peer that asks and never reads.
 */
const MAX_WRITE_BUFFER = 32 * 1024 * 1024;

/** The parts of libp2p's connections that its interface leaves out; as of 3.3.11 with yamux. */
interface Muxed {
  muxer?: {
    status?: string;
    addEventListener?(type: 'stream', listener: (event: { detail: Stream }) => void): void;
    maConn?: { maxWriteBufferLength?: number };
  };
}

/**
 * Cuts a connection off whose peer opens streams by the hundred, whatever protocol they are for, or lets answers pile
 * up.
 *
 * @param tier what the peer is at the moment.
 * @param onFlood hears before the connection is aborted.
 */
export function guardConnection(connection: Connection, tier: () => Tier, now: Now, onFlood: (error: P2pError) => void): void {
  const { muxer } = connection as unknown as Muxed;
  if (muxer?.maConn !== undefined) muxer.maConn.maxWriteBufferLength ??= MAX_WRITE_BUFFER;
  if (muxer?.status !== undefined && muxer.status !== 'open') {
    // it was ended before the connection was made: libp2p would keep the connection, on which nothing can be said
    queueMicrotask(() => connection.abort(new P2pError('STREAM_ENDED', 'the peer ended the connection while it was made')));
    return;
  }
  const openings = {
    member: new TokenBucket(LIMITS.member.burst, LIMITS.member.perSecond, now),
    observer: new TokenBucket(LIMITS.observer.burst, LIMITS.observer.perSecond, now),
  };
  muxer?.addEventListener?.('stream', () => {
    const open = connection.streams.filter(({ direction }) => direction === 'inbound').length;
    const current = tier();
    if (connection.status !== 'open' || (openings[current].tryTake() && open <= LIMITS[current].open)) return;
    const error = new P2pError('TOO_MANY_STREAMS', 'the peer opens more streams than any use of the network needs');
    onFlood(error);
    // not inside the muxer's own dispatch
    queueMicrotask(() => connection.abort(error));
  });
}
