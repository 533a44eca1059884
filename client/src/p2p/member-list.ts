import type { ConnectionGater, PeerId } from '@libp2p/interface';
import { bytesEqual } from '../protocol/bytes.js';
import { keyId, nodeKeyOf } from './identity.js';

/** A member of the run as the chain lists it. */
export interface PeerMember {
  /** 32 bytes. */
  nodeKey: Uint8Array;
  /** Member index in the epoch; −1 for who waits for the next one. */
  index: number;
  /** Binary multiaddr without `/p2p`; absent where the member can only dial out. */
  multiaddr?: Uint8Array;
}

/**
 * Who may connect, and whose signature counts for which index. Only members get a connection at all: everything a
 * stranger can make us do ends with the handshake that shows it is one.
 */
export class MemberList {
  /** The epoch the indices belong to; messages of another one cannot be judged with this list. */
  epoch: number | undefined;
  private byKey = new Map<string, PeerMember>();
  private byIndex = new Map<number, PeerMember>();

  /** Replaces the list. This node's own entry serves to recognise its own messages when others give them back. */
  replace(members: readonly PeerMember[], epoch?: number): void {
    this.epoch = epoch;
    this.byKey = new Map(members.map((member) => [keyId(member.nodeKey), member]));
    this.byIndex = new Map(members.filter(({ index }) => index >= 0).map((member) => [member.index, member]));
  }

  has(nodeKey: Uint8Array): boolean {
    return this.byKey.has(keyId(nodeKey));
  }

  hasPeer(peerId: PeerId): boolean {
    const nodeKey = nodeKeyOf(peerId);
    return nodeKey !== undefined && this.has(nodeKey);
  }

  get(nodeKey: Uint8Array): PeerMember | undefined {
    return this.byKey.get(keyId(nodeKey));
  }

  /** Who signs as member `index`. */
  at(index: number): PeerMember | undefined {
    return this.byIndex.get(index);
  }

  /** All but `self`. */
  others(self: Uint8Array): PeerMember[] {
    return [...this.byKey.values()].filter((member) => !bytesEqual(member.nodeKey, self));
  }
}

/**
 * Asked by libp2p while a connection is made; a peer's identity is proven from the "encrypted" steps on. It does not
 * close what is open: the node does that when its list changes.
 */
export function membersOnly(members: MemberList): ConnectionGater {
  const refuse = (peerId: PeerId) => !members.hasPeer(peerId);
  return {
    // libp2p refuses loopback and private addresses by default in some environments; members on a LAN are fine
    denyDialMultiaddr: () => false,
    denyDialPeer: refuse,
    denyOutboundConnection: refuse,
    denyInboundEncryptedConnection: refuse,
    denyOutboundEncryptedConnection: refuse,
    denyInboundUpgradedConnection: refuse,
    denyOutboundUpgradedConnection: refuse,
    denyInboundRelayReservation: refuse,
    denyOutboundRelayedConnection: () => true,
    denyInboundRelayedConnection: () => true,
  };
}
