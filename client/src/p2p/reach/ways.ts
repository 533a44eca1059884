import type { Connection, Libp2p } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { bytesEqual, toHex } from '../../protocol/bytes.js';
import { memberAddress } from '../addresses.js';
import { within } from '../deadline.js';
import type { DialTarget } from '../dialer.js';
import { P2pError } from '../errors.js';
import { nodeKeyOf, peerIdOf, shortName } from '../identity.js';
import type { MemberList } from '../member-list.js';
import { asError } from '../stream-io.js';
import { isDirect, isRelayed } from './connections.js';
import { type DialingParts, knock } from './knock.js';
import type { LocalAddresses } from './local-discovery.js';
import { inOrderFor } from './rendezvous.js';

/** Milliseconds of one way to a member; one on the local network answers at once or not at all. */
const LOCAL_MS = 3_000;
const DIRECT_MS = 10_000;
const RELAYED_MS = 10_000;

/** Relays asked for one member before the next pause. */
const RELAYS_TRIED = 3;

/** Relayed connections of this node. Those in excess find no direct way either, and gossip reaches them through others. */
const MAX_RELAYED = 32;

/** The ways to members: on the local network, at the address on the chain, through a member that both know. */
export class Ways {
  constructor(
    private readonly libp2p: Libp2p,
    private readonly parts: DialingParts,
    private readonly members: MemberList,
    private readonly local: LocalAddresses,
  ) {}

  /**
   * Connects with a member: by the first way that works.
   * @throws {P2pError} NOT_CONNECTED, BAD_ADDRESS; with several ways tried, `cause` is an AggregateError of what each met.
   */
  async dial(target: DialTarget, signal: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    const name = shortName(target.nodeKey);
    for (const { address, limit } of this.waysTo(target, failures)) {
      try {
        await within(limit, signal, `reaching ${name}`, (inner) => this.libp2p.dial(address, { signal: inner }));
        return;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length === 0) throw new P2pError('NOT_CONNECTED', `${name} has no address to dial, and no member to go through is connected`);
    const told = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join('; ');
    throw new P2pError('NOT_CONNECTED', `no way leads to ${name}: ${told}`, { cause: new AggregateError(failures) });
  }

  /** Whether a member answers at its address, without connecting. @returns why not. */
  async tryMember(target: DialTarget, signal: AbortSignal): Promise<string | undefined> {
    try {
      const address = memberAddress(target.multiaddr ?? new Uint8Array(), target.nodeKey);
      await within(DIRECT_MS, signal, 'its answer', (inner) => knock(this.parts, address, inner));
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return asError(error).message;
    }
  }

  /** The ways to a member, best first. @param failures gets what is wrong with its address. */
  private *waysTo(target: DialTarget, failures: unknown[]): Generator<{ address: Multiaddr | Multiaddr[]; limit: number }> {
    const local = this.local.of(target.nodeKey).map((packed) => memberAddress(packed, target.nodeKey));
    // all of them within one limit: what multicast says must not hold up what the chain says
    if (local.length > 0) yield { address: local, limit: LOCAL_MS };
    if (target.multiaddr !== undefined) {
      try {
        yield { address: memberAddress(target.multiaddr, target.nodeKey), limit: DIRECT_MS };
      } catch (error) {
        failures.push(error);
      }
    }
    const connections = this.libp2p.getConnections();
    if (connections.filter(isRelayed).length >= MAX_RELAYED) return;
    for (const relay of this.relaysFor(target, connections)) {
      const id = relay.remotePeer.toString();
      const base = relay.remoteAddr.toString().includes('/p2p/') ? relay.remoteAddr : relay.remoteAddr.encapsulate(`/p2p/${id}`);
      yield { address: base.encapsulate(`/p2p-circuit/p2p/${peerIdOf(target.nodeKey).toString()}`), limit: RELAYED_MS };
    }
  }

  /** Members that this node is connected with directly: those the chain names first, then in everybody's order. */
  private relaysFor(target: DialTarget, connections: readonly Connection[]): Connection[] {
    const direct = new Map<string, Connection>();
    for (const connection of connections) {
      const nodeKey = nodeKeyOf(connection.remotePeer);
      if (nodeKey !== undefined && isDirect(connection) && this.members.has(nodeKey) && !bytesEqual(nodeKey, target.nodeKey)) direct.set(toHex(nodeKey), connection);
    }
    const keys = [...direct.values()].map(({ remotePeer }) => nodeKeyOf(remotePeer)!);
    const order = [...(target.through ?? []), ...inOrderFor(target.nodeKey, keys)].map(toHex);
    return [...new Set(order)].flatMap((id) => direct.get(id) ?? []).slice(0, RELAYS_TRIED);
  }
}
