import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { copyOf, toHex } from '../protocol/bytes.js';
import { P2pError } from './errors.js';
import { peerIdOf } from './identity.js';

/** What the coordinator keeps of an address. */
export const MULTIADDR_MAX = 48;

/** Where a node listens, or says it does: a host and a TCP port, with WebSocket over it or not, encrypted or not. */
export interface Endpoint {
  host: string;
  port: number;
  transport: 'tcp' | 'ws' | 'wss';
}

/** Who can reach a host: everybody, a local network, this machine. */
export type Scope = 'public' | 'private' | 'loopback';

const HOSTS = ['ip4', 'ip6', 'dns4', 'dns6', 'dns'];

/** What a multiaddr takes for a name can be anything, and this one becomes part of a URL. */
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?$/i;

/** By the names of what follows the port. Anything else is no address of a member. */
const TRANSPORTS: Readonly<Record<string, Endpoint['transport']>> = { '': 'tcp', ws: 'ws', wss: 'wss', 'tls/ws': 'wss' };

const PRIVATE = new BlockList();
for (const [network, prefix] of [['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['100.64.0.0', 10], ['169.254.0.0', 16]] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4');
}
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Who can reach `host`; of names it is taken that they were made for everybody. */
export function scopeOf(host: string): Scope {
  if (!isIPv4(host) && !isIPv6(host)) return 'public';
  const family = isIPv6(host) ? 'ipv6' : 'ipv4';
  return LOOPBACK.check(host, family) ? 'loopback' : PRIVATE.check(host, family) ? 'private' : 'public';
}

/** 0 for what everybody can reach, 1 for a local network, 2 for this machine alone. */
export const scopeOrder = ({ host }: Endpoint): number => ({ public: 0, private: 1, loopback: 2 })[scopeOf(host)];

/**
 * A node's own addresses as the chain keeps them: binary, without `/p2p/…` (the node key says who), at most 48 bytes,
 * best first: names and public addresses, then private networks, then loopback; IPv4 before IPv6; TCP before WebSocket.
 */
export function packAddresses(addresses: readonly Multiaddr[]): Uint8Array[] {
  return addresses
    .flatMap((address) => {
      const endpoint = endpointOf(address);
      return endpoint === undefined ? [] : [{ rank: rank(endpoint), bytes: address.decapsulateCode(421).bytes }];
    })
    .filter(({ bytes }) => bytes.length <= MULTIADDR_MAX)
    .sort((a, b) => a.rank - b.rank)
    .map(({ bytes }) => copyOf(bytes));
}

/**
 * All that is known of where a node is, packed, best first. Of public addresses: what it listens on, of that first where
 * others got through, then where else they say they did, then what its router says leads here. Of others: where they got
 * through, then what it listens on.
 *
 * @param listening packed.
 */
export function bestFirst(listening: readonly Uint8Array[], confirmed: readonly Endpoint[], mapped: readonly Endpoint[]): Uint8Array[] {
  const through = confirmed.map(packEndpoint);
  const isThrough = new Set(through.map(toHex));
  const order = (bytes: Uint8Array): number => scopeOrder(endpointOf(multiaddr(bytes))!);
  const isPublic = (bytes: Uint8Array): boolean => order(bytes) === 0;
  const preferred = [...listening.filter((bytes) => isThrough.has(toHex(bytes))), ...listening.filter(isPublic), ...through, ...listening, ...mapped.map(packEndpoint)];
  const all = new Map(preferred.map((bytes) => [toHex(bytes), bytes]));
  // the sort is stable: what comes first stays first among those of one scope
  return [...all.values()].sort((a, b) => order(a) - order(b));
}

/** An endpoint in the form {@link packAddresses} gives. */
export function packEndpoint({ host, port, transport }: Endpoint): Uint8Array {
  const name = isIPv4(host) ? 'ip4' : isIPv6(host) ? 'ip6' : 'dns';
  const suffix = { tcp: '', ws: '/ws', wss: '/tls/ws' }[transport];
  return copyOf(multiaddr(`/${name}/${host}/tcp/${port}${suffix}`).bytes);
}

/**
 * A member's address from the chain, with its identity appended, so that whoever answers there must hold the key.
 * Written by the member itself and therefore hostile: only a host and a TCP port, with or without WebSocket, are taken.
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
  if (endpointOf(address) === undefined || address.toString().includes('/p2p/')) throw new P2pError('BAD_ADDRESS', `${address.toString()} is not a host and a TCP port`);
  return address.encapsulate(`/p2p/${peerIdOf(nodeKey).toString()}`);
}

/** What an address says, if it is exactly a usable host and port over TCP or WebSocket. */
export function endpointOf(address: Multiaddr): Endpoint | undefined {
  const components = address.getComponents();
  const [host, port, ...rest] = components.at(-1)?.name === 'p2p' ? components.slice(0, -1) : components;
  const transport = TRANSPORTS[rest.map(({ name }) => name).join('/')];
  if (transport === undefined || !HOSTS.includes(host?.name ?? '') || port?.name !== 'tcp' || port.value === '0') return undefined;
  if (!host.value || host.value === '0.0.0.0' || host.value === '::' || host.value.toLowerCase().startsWith('fe80:')) return undefined;
  if (host.name.startsWith('dns') && !DNS_NAME.test(host.value)) return undefined;
  return { host: host.value, port: Number(port.value), transport };
}

function rank(endpoint: Endpoint): number {
  return 6 * scopeOrder(endpoint) + (isIPv6(endpoint.host) ? 3 : 0) + { tcp: 0, ws: 1, wss: 2 }[endpoint.transport];
}
