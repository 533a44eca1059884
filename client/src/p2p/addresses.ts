import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { copyOf } from '../protocol/bytes.js';
import { P2pError } from './errors.js';
import { peerIdOf } from './identity.js';

/** What the coordinator keeps of an address. */
export const MULTIADDR_MAX = 48;

const HOSTS = ['ip4', 'ip6', 'dns4', 'dns6', 'dns'];

const PRIVATE = new BlockList();
for (const [network, prefix] of [['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['100.64.0.0', 10], ['169.254.0.0', 16]] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
PRIVATE.addSubnet('fc00::', 7, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * A node's own addresses as the chain keeps them: binary, without `/p2p/…` (the node key says who), at most 48 bytes,
 * best first: names and public addresses, then private networks, then loopback; IPv4 before IPv6.
 */
export function packAddresses(addresses: readonly Multiaddr[]): Uint8Array[] {
  return addresses
    .map((address) => address.decapsulateCode(421))
    .filter((address) => hostOf(address) !== undefined && address.bytes.length <= MULTIADDR_MAX)
    .sort((a, b) => rank(a) - rank(b))
    .map((address) => copyOf(address.bytes));
}

/**
 * A member's address from the chain, with its identity appended, so that whoever answers there must hold the key.
 * Written by the member itself and therefore hostile: only a host and a TCP port are taken.
 *
 * @throws {P2pError} BAD_ADDRESS.
 */
export function memberAddress(packed: Uint8Array, nodeKey: Uint8Array): Multiaddr {
  if (packed.length === 0 || packed.length > MULTIADDR_MAX) {
    throw new P2pError('BAD_ADDRESS', `an address has 1 to ${MULTIADDR_MAX} bytes, not ${packed.length}`);
  }
  let address: Multiaddr;
  try {
    address = multiaddr(copyOf(packed));
    address.getComponents();
  } catch (error) {
    throw new P2pError('BAD_ADDRESS', "a member's address is not a multiaddr: it must join again with a good one", { cause: error });
  }
  if (hostOf(address) === undefined) throw new P2pError('BAD_ADDRESS', `${address.toString()} is not a host and a TCP port`);
  return address.encapsulate(`/p2p/${peerIdOf(nodeKey).toString()}`);
}

/** The host, if the address is exactly a usable host and a TCP port. */
function hostOf(address: Multiaddr): string | undefined {
  const [host, port, ...rest] = address.getComponents();
  if (rest.length > 0 || !HOSTS.includes(host?.name ?? '') || port?.name !== 'tcp' || port.value === '0') return undefined;
  if (!host.value || host.value === '0.0.0.0' || host.value === '::' || host.value.toLowerCase().startsWith('fe80:')) return undefined;
  return host.value;
}

function rank(address: Multiaddr): number {
  const host = hostOf(address)!;
  const family = isIPv6(host) ? 'ipv6' : 'ipv4';
  const isIp = isIPv4(host) || isIPv6(host);
  const reach = !isIp ? 0 : LOOPBACK.check(host, family) ? 4 : PRIVATE.check(host, family) ? 2 : 0;
  return reach + (family === 'ipv6' ? 1 : 0);
}
