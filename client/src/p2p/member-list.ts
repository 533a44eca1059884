import type { ConnectionGater, PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
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
  /** Node keys of members through which it says to be found. */
  through?: readonly Uint8Array[];
}

/**
 * Who is a member, and whose signature counts for which index. Only members get a full connection; what others can make
 * us do ends with the handshake that shows who they are, or within an observer's limits.
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

/** Who decides about connections. */
export interface Doorkeeper {
  /** Whether a peer gets a full connection. */
  isMember(peerId: PeerId): boolean;
  /** Whether one that comes by itself is let in at all, be it as an observer. */
  mayComeIn(peerId: PeerId): boolean;
}

/**
 * Asked by libp2p while a connection is made; a peer's identity is proven from the "encrypted" steps on. It does not
 * close what is open: the node does that when its list changes.
 */
export function membersOnly(admission: Doorkeeper): ConnectionGater {
  const refuse = (peerId: PeerId) => !admission.isMember(peerId);
  const refuseInbound = (peerId: PeerId) => !admission.mayComeIn(peerId);
  return {
    // Of any scope, members on a LAN are fine; but only where a member has to prove itself: hole punching dials what a peer asks for.
    denyDialMultiaddr: (address) => {
      const last = address.getComponents().at(-1);
      return last?.name !== 'p2p' || last.value === undefined || refuse(peerIdFromString(last.value));
    },
    denyDialPeer: refuse,
    denyOutboundConnection: refuse,
    denyInboundEncryptedConnection: refuseInbound,
    denyOutboundEncryptedConnection: refuse,
    denyInboundUpgradedConnection: refuseInbound,
    denyOutboundUpgradedConnection: refuse,
    denyInboundRelayReservation: refuse,
    denyOutboundRelayedConnection: (source, destination) => refuse(source) || refuse(destination),
    denyInboundRelayedConnection: (relay, remotePeer) => refuse(relay) || refuse(remotePeer),
  };
}
