import type { MultiaddrConnection, PeerId, Transport, Upgrader } from '@libp2p/interface';
import { select } from '@libp2p/multistream-select';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Multiaddr } from '@multiformats/multiaddr';
import { P2pError } from '../errors.js';
import { asError } from '../stream-io.js';

/** What is needed of libp2p's parts, which it hands to its services. */
export interface DialingParts {
  transportManager: { dialTransportForMultiaddr(address: Multiaddr): Transport | undefined };
  upgrader: Upgrader;
}

/**
 * Finds out whether the node named by an address answers there: connects, lets it prove its key, and goes away. No
 * connection comes of it that libp2p, gossip or the other side's list of members would see, so this may be done beside
 * one that is in use, and by who is no member.
 *
 * @param address with `/p2p/…`: whose key it must be.
 * @throws {P2pError} NOT_CONNECTED where nobody answers, or somebody else.
 */
export async function knock(parts: DialingParts, address: Multiaddr, signal: AbortSignal): Promise<void> {
  const transport = parts.transportManager.dialTransportForMultiaddr(address);
  const id = address.getComponents().findLast(({ name }) => name === 'p2p')?.value;
  if (transport === undefined || id === undefined) throw new P2pError('BAD_ADDRESS', `${address.toString()} cannot be dialed from here`);
  let heard = false;
  const upgrader = new Proxy(parts.upgrader, {
    get: (target, name) => {
      if (name !== 'upgradeOutbound') return Reflect.get(target, name, target) as unknown;
      return async (connection: MultiaddrConnection) => {
        try {
          await proveKey(parts.upgrader, connection, peerIdFromString(id), signal);
          heard = true;
        } finally {
          connection.abort(new Error('it answered'));
        }
        throw new Error('no connection was wanted');
      };
    },
  });
  try {
    await transport.dial(address, { upgrader, signal });
  } catch (error) {
    if (heard) return;
    signal.throwIfAborted();
    throw new P2pError('NOT_CONNECTED', `nobody with this key answers at ${address.toString()}: ${asError(error).message}`, { cause: error });
  }
}

async function proveKey(upgrader: Upgrader, connection: MultiaddrConnection, remotePeer: PeerId, signal: AbortSignal): Promise<void> {
  const encrypters = upgrader.getConnectionEncrypters();
  const protocol = await select(connection, [...encrypters.keys()], { signal });
  await encrypters.get(protocol)?.secureOutbound(connection, { remotePeer, signal });
}
