import { ChainError } from './errors.js';

/** Where a node can be reached, as its Member account holds it. */
export type NetworkAddress =
  | { kind: 'none' }
  /** A binary multiaddr without its `/p2p` part: the node key is the identity. */
  | { kind: 'multiaddr'; bytes: Uint8Array }
  /** Behind a relay: through the member with this index. */
  | { kind: 'through'; index: number };

/** Bytes of a packed multiaddr that fit. */
export const MULTIADDR_MAX = 48;

/** In the shape of the program's enum. @throws ChainError `ADDRESS_TOO_LONG` */
export function encodeNetworkAddress(address: NetworkAddress): object {
  if (address.kind === 'none') return { none: {} };
  if (address.kind === 'through') return { throughMember: { index: address.index } };
  if (address.bytes.length === 0 || address.bytes.length > MULTIADDR_MAX) {
    throw new ChainError(
      'ADDRESS_TOO_LONG',
      `A network address takes at most ${MULTIADDR_MAX} bytes, this one ${address.bytes.length}: announce a shorter one.`,
    );
  }
  return { multiaddr: { bytes: Buffer.from(address.bytes) } };
}

/** From a Member account's fields. What says it is longer than it can be is taken for none. */
export function decodeNetworkAddress(kind: number, length: number, bytes: Uint8Array): NetworkAddress {
  if (kind === 1 && length > 0 && length <= bytes.length) return { kind: 'multiaddr', bytes: bytes.slice(0, length) };
  if (kind === 2) return { kind: 'through', index: bytes[0] | (bytes[1] << 8) };
  return { kind: 'none' };
}
