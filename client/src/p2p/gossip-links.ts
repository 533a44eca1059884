import type { GossipSub } from '@chainsafe/libp2p-gossipsub';
import type { Connection, Libp2p, PeerId, Stream } from '@libp2p/interface';
import { isRelayed, relayOf } from './reach/connections.js';

/**
 * Knows which peers a published message would really reach. gossipsub silently skips a peer while its own stream to it
 * is still being opened, and says nothing when it is; so each new connection's `newStream` is watched. (libp2p's stream
 * middleware would be the place, but as of 3.3.11 its presence runs the handlers of earlier streams again.)
 */
export class GossipLinks {
  private readonly open = new Map<string, Stream>();
  private readonly listeners = new Set<() => void>();

  /** @param onLost hears when our stream to a peer has ended: gossipsub opens another only on a new connection. */
  constructor(
    private readonly libp2p: Libp2p,
    private readonly pubsub: GossipSub,
    private readonly topic: string,
    private readonly onLost: (peer: PeerId) => void,
  ) {
    libp2p.addEventListener('connection:open', (event) => this.watch(event.detail));
    pubsub.addEventListener('subscription-change', () => this.changed());
  }

  /**
   * Whether all of `peers` are subscribed and have our stream, or are connected through one that has: gossip does not run
   * through relays, since every relay is a member that passes it on anyway.
   */
  ready(peers: readonly PeerId[]): boolean {
    const subscribed = new Set(this.pubsub.getSubscribers(this.topic).map(String));
    const linked = (peer: PeerId | undefined): boolean => peer !== undefined && this.open.has(peer.toString()) && subscribed.has(peer.toString());
    const relayed = (peer: PeerId): boolean => this.libp2p.getConnections(peer).some((c) => c.status === 'open' && isRelayed(c) && linked(relayOf(c)));
    return peers.every((peer) => linked(peer) || relayed(peer));
  }

  /** Settles when {@link ready} holds, or rejects with a signal's reason. */
  wait(peers: readonly PeerId[], signals: readonly (AbortSignal | undefined)[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        this.listeners.delete(check);
        for (const signal of signals) signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        finish();
        reject(signals.find((signal) => signal?.aborted)?.reason);
      };
      const check = () => {
        if (!this.ready(peers)) return;
        finish();
        resolve();
      };
      if (signals.some((signal) => signal?.aborted)) return onAbort();
      this.listeners.add(check);
      for (const signal of signals) signal?.addEventListener('abort', onAbort);
      check();
    });
  }

  private watch(connection: Connection): void {
    // not before the connection is in libp2p's list
    if (isRelayed(connection)) setImmediate(() => this.changed());
    const newStream = connection.newStream.bind(connection);
    connection.newStream = async (protocols, options) => {
      const stream = await newStream(protocols, options);
      if (this.pubsub.protocols.includes(stream.protocol)) this.opened(connection.remotePeer, stream);
      return stream;
    };
  }

  private opened(peerId: PeerId, stream: Stream): void {
    const peer = peerId.toString();
    stream.addEventListener('close', () => {
      if (this.open.get(peer) !== stream) return;
      this.open.delete(peer);
      this.onLost(peerId);
    });
    // gossipsub takes it into use once the promises under way have settled
    setImmediate(() => {
      if (stream.status !== 'open') return;
      this.open.set(peer, stream);
      this.changed();
    });
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
