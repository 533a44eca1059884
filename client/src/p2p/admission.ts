import { setMaxListeners } from 'node:events';
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import { guardConnection } from './connection-guard.js';
import { P2pError } from './errors.js';
import { GossipGate } from './gossip-gate.js';
import { nodeKeyOf } from './identity.js';
import type { MemberList } from './member-list.js';
import type { ScoreStore } from './score/store.js';
import type { ServingLimits, Tier } from './serving-limits.js';
import type { ServingShare } from './serving-share.js';
import { asError } from './stream-io.js';
import { type Now, monotonic } from './token-bucket.js';

/** Connections of observers a node has unless told otherwise. */
export const DEFAULT_OBSERVERS = 8;

/** What {@link Admission} needs to know of a libp2p node. */
export interface ConnectionSource {
  getConnections(): Connection[];
  addEventListener(type: 'connection:open', listener: (event: { detail: Connection }) => void): void;
}

/**
 * Who is let in, and as what: members in good standing with all their rights; a few others as observers that may ask
 * for what is public, within limits of their own, and take no part in gossip (protocol 3.3).
 */
export class Admission {
  /** Hears what a connection was cut off for, a member's or an observer's. */
  onOffence: (nodeKey: Uint8Array, error: P2pError) => void = () => {};
  /** Before which observers stay. */
  readonly gossip = new GossipGate((peerId) => this.isMember(peerId));
  private readonly watching = new Set<Connection>();

  /** @param maxObservers connections of observers at a time, one for each; 0: none. */
  constructor(
    private readonly members: MemberList,
    readonly scores: ScoreStore,
    private readonly limits: ServingLimits,
    private readonly maxObservers: number,
    private readonly now: Now = monotonic,
  ) {}

  /** Whether a peer gets a member's connection. */
  isMember(peerId: PeerId): boolean {
    const nodeKey = nodeKeyOf(peerId);
    return nodeKey !== undefined && this.members.has(nodeKey) && !this.scores.isBarred(nodeKey);
  }

  /** Whether a peer that has come by itself gets a connection. Before it is open nothing is counted yet: see {@link watch}. */
  mayComeIn(peerId: PeerId): boolean {
    return this.isMember(peerId) || this.mayObserve(peerId);
  }

  /** Follows a node's connections from the start: closes those beyond the limits, guards the others. */
  watch(source: ConnectionSource): void {
    source.addEventListener('connection:open', ({ detail: connection }) => {
      const { remotePeer } = connection;
      const member = this.isMember(remotePeer);
      if (!member && (connection.direction !== 'inbound' || !this.mayObserve(remotePeer))) {
        closeConnection(connection);
        return;
      }
      if (!member) {
        this.watching.add(connection);
        connection.addEventListener('close', () => this.watching.delete(connection));
      }
      guardConnection(connection, () => this.tierOf(connection), this.now, (error) => this.onOffence(nodeKeyOf(remotePeer)!, error));
    });
  }

  /**
   * Call when the list of members, or a standing, has changed: closes what may not stay; who came as an observer and is a
   * member now is one from here on. Who is no member any more has to come again, as an observer.
   */
  review(source: ConnectionSource): void {
    for (const connection of source.getConnections()) {
      if (this.isMember(connection.remotePeer)) this.watching.delete(connection);
      else if (!this.watching.has(connection) || !this.isWelcome(connection.remotePeer)) closeConnection(connection);
    }
    this.gossip.review();
  }

  /**
   * Hands a peer's stream to its handler with what the peer may take, or refuses it.
   *
   * @param isPublic whether observers have it too.
   * @param handler gets a signal that fires with `signal` and when the stream has ended: nothing waits for a peer that
   *   has gone, nor takes what others wait for.
   */
  async serve(stream: Stream, connection: Connection, isPublic: boolean, signal: AbortSignal, handler: (share: ServingShare, signal: AbortSignal) => Promise<void>): Promise<void> {
    const share = this.shareOf(connection);
    const done = share.isObserver && !isPublic ? undefined : share.openStream();
    if (done === undefined) {
      stream.abort(new P2pError('REFUSED', 'no more streams for this peer'));
      return;
    }
    const ending = new AbortController();
    setMaxListeners(0, ending.signal);
    const stop = () => ending.abort(signal.reason);
    const end = () => {
      done();
      signal.removeEventListener('abort', stop);
      ending.abort(new P2pError('STREAM_ENDED', 'the stream has ended'));
    };
    if (signal.aborted) stop();
    if (stream.status !== 'open') end();
    signal.addEventListener('abort', stop, { once: true });
    stream.addEventListener('close', end);
    try {
      await handler(share, ending.signal);
    } finally {
      if (stream.status !== 'open') end();
    }
  }

  private tierOf({ remotePeer }: Connection): Tier {
    return this.isMember(remotePeer) ? 'member' : 'observer';
  }

  private shareOf(connection: Connection): ServingShare {
    // whoever has a connection has a key of ours, see isWelcome
    return this.limits.of(nodeKeyOf(connection.remotePeer)!, this.tierOf(connection));
  }

  /** Room for one more observer, which is not here yet. */
  private mayObserve(peerId: PeerId): boolean {
    return this.watching.size < this.maxObservers && this.isWelcome(peerId) && ![...this.watching].some((c) => c.remotePeer.equals(peerId));
  }

  /** A peer with an identity we know how to score, and nothing against it. */
  private isWelcome(peerId: PeerId): boolean {
    const nodeKey = nodeKeyOf(peerId);
    return nodeKey !== undefined && !this.scores.isBarred(nodeKey);
  }
}

function closeConnection(connection: Connection): void {
  connection.close().catch((error: unknown) => connection.abort(asError(error)));
}
