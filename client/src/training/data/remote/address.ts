import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * IPv4 ranges that are not the public internet's (IANA special-purpose registry, RFC 6890 and successors): this machine,
 * private, carrier-grade NAT, link-local with the clouds' metadata services, documentation, benchmarks, multicast, reserved;
 * and the one address among the public ones at which a cloud (Azure) talks to the machine itself.
 */
const NOT_PUBLIC_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['168.63.129.16', 32], ['169.254.0.0', 16], ['172.16.0.0', 12],
  ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24],
  ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
];

/** Of IPv6 only global unicast is public, without what is for protocols (Teredo too), documentation and 6to4. */
const GLOBAL_V6: readonly [string, number] = ['2000::', 3];
const NOT_PUBLIC_V6: readonly (readonly [string, number])[] = [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]];

/** Prefixes whose last 32 bits are an IPv4 address that is really meant: IPv4-mapped, and NAT64 (RFC 6052). */
const EMBEDS_V4 = ['00000000000000000000ffff', '0064ff9b0000000000000000'];

const blockedV4 = listOf(NOT_PUBLIC_V4, 'ipv4');
const blockedV6 = listOf(NOT_PUBLIC_V6, 'ipv6');
const globalV6 = listOf([GLOBAL_V6], 'ipv6');

/**
 * Whether an address belongs to the public internet. A manifest must not make a client talk to its own machine, to its
 * neighbours or to a cloud's metadata service (docs/protocol.md 6).
 * @param address as `dns.lookup` and sockets write it; anything that is no address is not public
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  if (isIPv4(address)) return !blockedV4.check(address, 'ipv4');
  const hex = expandV6(address);
  if (EMBEDS_V4.includes(hex.slice(0, 24))) return isPublicAddress(Buffer.from(hex.slice(24), 'hex').join('.'));
  return globalV6.check(address, 'ipv6') && !blockedV6.check(address, 'ipv6');
}

/** All 128 bits in hex. @param address valid, without a zone */
function expandV6(address: string): string {
  // A URL writes the last 32 bits in hex too, and nothing in capitals.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left, right] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const groups = right === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return groups.map((g) => g.padStart(4, '0')).join('');
}

function listOf(ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, family);
  return list;
}
