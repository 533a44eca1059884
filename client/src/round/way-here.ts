import type { NetworkAddress } from '../chain/index.js';
import type { WayHere } from '../p2p/index.js';
import { bytesEqual } from '../protocol/bytes.js';
import { inEpoch, type RunView } from '../protocol/run-view.js';
import { decodeKey } from './keys.js';

/**
 * How a node is found, as `join_run` takes it. "Through member N" names a place in the list for the next epoch, which is
 * what member indices are made of when it starts; it moves up if somebody before it leaves, and then is a hint that
 * leads nowhere: who looks for a member also asks the relays in the order that all agree on.
 */
export function toNetworkAddress(way: WayHere, { pending }: RunView): NetworkAddress {
  if (way.kind !== 'through') return way;
  const places = way.relays.map((relay) => pending.findIndex(({ key }) => bytesEqual(decodeKey(key), relay)));
  const index = places.find((place) => place >= 0);
  return index === undefined ? { kind: 'none' } : { kind: 'through', index };
}

/** What a member's account says of the way to it. The index may be one of this epoch or of the next: either is tried. */
export function fromNetworkAddress(network: NetworkAddress | undefined, view: RunView): { multiaddr?: Uint8Array; through?: Uint8Array[] } {
  if (network?.kind === 'multiaddr') return { multiaddr: network.bytes };
  if (network?.kind !== 'through') return {};
  const keys = [inEpoch(view) ? view.members[network.index]?.key : undefined, view.pending[network.index]?.key];
  return { through: [...new Set(keys)].flatMap((key) => (key === undefined ? [] : [decodeKey(key)])) };
}
