import type { Connection, PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';

/** Whether a connection is open and its bytes go straight to the peer. */
export function isDirect(connection: Connection): boolean {
  return connection.status === 'open' && connection.limits === undefined && !isRelayed(connection);
}

/** Whether a connection goes through another member. */
export function isRelayed(connection: Connection): boolean {
  return connection.remoteAddr.getComponents().some(({ name }) => name === 'p2p-circuit');
}

/** Through whom a relayed connection goes. */
export function relayOf(connection: Connection): PeerId | undefined {
  const components = connection.remoteAddr.getComponents();
  const circuit = components.findIndex(({ name }) => name === 'p2p-circuit');
  const id = components.slice(0, Math.max(0, circuit)).findLast(({ name }) => name === 'p2p')?.value;
  return id === undefined ? undefined : peerIdFromString(id);
}

/** Of several to one peer the one to use: a direct one, else a relayed one that is open. */
export function bestOf(connections: readonly Connection[]): Connection | undefined {
  return connections.find(isDirect) ?? connections.find(({ status }) => status === 'open');
}
