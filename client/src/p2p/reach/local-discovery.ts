import type { PeerDiscovery, PeerId, PeerInfo } from '@libp2p/interface';
import { mdns, type MulticastDNSComponents } from '@libp2p/mdns';
import { endpointOf, packEndpoint, scopeOf } from '../addresses.js';
import { keyId, nodeKeyOf } from '../identity.js';
import { toHex, sha256 } from '../../protocol/bytes.js';

/** Addresses of one member that are kept; a machine with more interfaces is reached by these. */
const MAX_ADDRESSES = 4;

/** Members whose addresses are kept: a run has no more. */
const MAX_MEMBERS = 256;

/**
 * Members on the same local network find each other by multicast DNS, under a name of their run: those behind one router,
 * which often cannot reach each other at the address the rest of the world uses.
 *
 * @param run the run's origin, base58: two runs on one network do not wake each other.
 * @param isMember others are not passed on: libp2p would keep the addresses of everybody that anybody there makes up.
 */
export function localDiscovery(run: string, isMember: (peerId: PeerId) => boolean): (components: MulticastDNSComponents) => PeerDiscovery {
  const create = mdns({ serviceTag: `_psyche-${toHex(sha256(run)).slice(0, 16)}._udp.local`, interval: 10_000 });
  return (components) => {
    const discovery = create(components);
    const dispatch = discovery.dispatchEvent.bind(discovery);
    discovery.dispatchEvent = (event: Event) => event.type === 'peer' && !isMember((event as CustomEvent<PeerInfo>).detail.id) ? true : dispatch(event);
    return discovery;
  };
}

/**
 * Where members were found on the local network. What multicast says anybody there can say: it is kept for members alone,
 * only addresses of local networks, few of each, and who answers at one has to hold the member's key.
 */
export class LocalAddresses {
  private readonly found = new Map<string, Uint8Array[]>();

  /** @param isMember of the run, by node key. */
  constructor(private readonly isMember: (nodeKey: Uint8Array) => boolean) {}

  /** @returns the member, where this is news of one. */
  add(peer: PeerInfo): Uint8Array | undefined {
    const nodeKey = nodeKeyOf(peer.id);
    if (nodeKey === undefined || !this.isMember(nodeKey)) return undefined;
    const packed = peer.multiaddrs.slice(0, 2 * MAX_ADDRESSES).flatMap((address) => {
      const endpoint = endpointOf(address);
      return endpoint === undefined || scopeOf(endpoint.host) === 'public' ? [] : [packEndpoint(endpoint)];
    });
    if (packed.length === 0) return undefined;
    const id = keyId(nodeKey);
    const before = this.found.get(id)?.map(toHex).join();
    const after = packed.slice(0, MAX_ADDRESSES);
    this.found.delete(id);
    this.found.set(id, after);
    if (this.found.size > MAX_MEMBERS) this.found.delete(this.found.keys().next().value!);
    return before === after.map(toHex).join() ? undefined : nodeKey;
  }

  of(nodeKey: Uint8Array): readonly Uint8Array[] {
    return this.found.get(keyId(nodeKey)) ?? [];
  }
}
