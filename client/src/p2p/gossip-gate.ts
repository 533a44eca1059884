import type { GossipSubComponents } from '@chainsafe/libp2p-gossipsub';
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import { P2pError } from './errors.js';

type Registrar = GossipSubComponents['registrar'];

/** Bytes that a held stream may bring: subscriptions, and what is gossiped in the moments until a member is known. */
const HELD_BYTES = 32 * 1024;

interface Held {
  connection: Connection;
  /** Tells gossipsub what it would have been told at once about a member. */
  release(): void;
}

/**
 * Keeps those who are no members out of gossip: gossipsub is not told of their connections, nor given their streams. What
 * is held is handed over when a peer becomes a member, with all it has said meanwhile: one that comes before this node
 * has seen on the chain that it may (chains are seen at different moments) loses nothing and need not come again. That is
 * one stream a connection, and little on it: nobody reads it meanwhile.
 */
export class GossipGate {
  private readonly held = new Map<string, Held>();

  constructor(private readonly isMember: (peerId: PeerId) => boolean) {}

  /** The same components, behind the gate. libp2p hands them over as a proxy, which cannot be copied. */
  guard(components: GossipSubComponents): GossipSubComponents {
    return Object.create(components, { registrar: { value: this.guardRegistrar(components.registrar) } });
  }

  /** Lets those pass that are members by now. */
  review(): void {
    for (const [id, { connection, release }] of this.held) {
      if (connection.status !== 'open') this.held.delete(id);
      else if (this.isMember(connection.remotePeer)) {
        this.held.delete(id);
        release();
      }
    }
  }

  private guardRegistrar(registrar: Registrar): Registrar {
    const handle: Registrar['handle'] = (protocol, handler, options) =>
      registrar.handle(protocol, (stream, connection) => this.pass(connection, stream, () => handler(stream, connection)), options);
    const register: Registrar['register'] = (protocol, topology, options) => {
      const onConnect = (_: PeerId, connection: Connection): unknown => this.pass(connection, protocol, () => topology.onConnect?.(connection.remotePeer, connection));
      return registrar.register(protocol, { ...topology, onConnect: (peerId, connection) => void onConnect(peerId, connection), onDisconnect: (peerId) => topology.onDisconnect?.(peerId) }, options);
    };
    return Object.create(registrar, { handle: { value: handle }, register: { value: register } });
  }

  /** @param what a stream, or the protocol that gossipsub is told of. */
  private pass(connection: Connection, what: Stream | string, tell: () => unknown): void {
    if (this.isMember(connection.remotePeer)) {
      tell();
      return;
    }
    const id = `${connection.id} ${typeof what === 'string' ? what : 'stream'}`;
    const forget = () => this.held.delete(id);
    let release = tell;
    if (typeof what !== 'string') {
      if (this.held.has(id)) return what.abort(new P2pError('REFUSED', 'one stream of gossip is enough'));
      const { maxReadBufferLength } = what;
      what.maxReadBufferLength = HELD_BYTES;
      release = () => {
        what.maxReadBufferLength = maxReadBufferLength;
        return tell();
      };
    }
    this.held.set(id, { connection, release });
    // with a connection its streams end too
    if (typeof what === 'string') connection.addEventListener('close', forget);
    else what.addEventListener('close', forget);
  }
}
