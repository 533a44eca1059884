import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { bytesEqual, toHex } from '../../protocol/bytes.js';
import { type Endpoint, endpointOf, memberAddress, packAddresses, packEndpoint, scopeOf, scopeOrder } from '../addresses.js';
import { within } from '../deadline.js';
import type { DialTarget } from '../dialer.js';
import { P2pError } from '../errors.js';
import { nodeKeyOf, peerIdOf, shortName } from '../identity.js';
import type { MemberList } from '../member-list.js';
import type { PeerStreams } from '../peer-streams.js';
import type { ServingShare } from '../serving-share.js';
import { asError } from '../stream-io.js';
import { isDirect, isRelayed } from './connections.js';
import { DialBack, type Port } from './dial-back.js';
import { knock } from './knock.js';
import type { Libp2pParts, ReachOptions } from './libp2p-parts.js';
import { LocalAddresses } from './local-discovery.js';
import { type MappingResult, PortMapping, localAddress } from './port-mapping.js';
import { type Reachability, ReachabilityCheck } from './reachability.js';
import { inOrderFor } from './rendezvous.js';
import { Reservations } from './reservations.js';

/** Milliseconds of one way to a member; one on the local network answers at once or not at all. */
const LOCAL_MS = 3_000;
const DIRECT_MS = 10_000;
const RELAYED_MS = 10_000;

/** Milliseconds between looks at whose turn it is to be asked whether this node can be reached. */
const ASK_EVERY_MS = 60_000;

/** Relays asked for one member before the next pause. */
const RELAYS_TRIED = 3;

/** Relayed connections of this node. Those in excess find no direct way either, and gossip reaches them through others. */
const MAX_RELAYED = 32;

/** How others get to this node, as it would put it on the chain. */
export type WayHere =
  | { kind: 'multiaddr'; bytes: Uint8Array }
  /** Through any of these members, by node key, best first. */
  | { kind: 'through'; relays: Uint8Array[] }
  | { kind: 'none' };

/** What this node knows of its own place in the network. */
export interface ReachReport extends Reachability {
  /** The addresses it would tell others, best first. */
  addresses: string[];
  /** Node keys of the members through which it is found. */
  relays: Uint8Array[];
  /** What the gateway said; `undefined`: it was not asked, or not answered yet. */
  mapping: MappingResult | undefined;
}

export interface ReachInit extends ReachOptions {
  announce?: readonly string[];
  log: (message: string) => void;
  onChange: (report: ReachReport) => void;
  /** A member may be dialed in a new way. */
  onFound: (nodeKey: Uint8Array) => void;
  mapping?: PortMapping;
}

/** Finds ways to the members, and lets the members find ways here. */
export class Reach {
  private readonly dialBack: DialBack;
  private readonly check: ReachabilityCheck;
  private readonly reservations: Reservations;
  private readonly local: LocalAddresses;
  private readonly mapping: PortMapping;
  private readonly announced: readonly Endpoint[];
  private mapped: MappingResult | undefined;
  private mappingDone: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private shown = '';

  constructor(
    private readonly libp2p: Libp2p,
    private readonly parts: Libp2pParts,
    private readonly members: MemberList,
    private readonly self: Uint8Array,
    streams: PeerStreams,
    private readonly init: ReachInit,
  ) {
    const { log } = init;
    this.announced = (init.announce ?? []).flatMap((text) => endpointOf(multiaddr(text)) ?? []);
    this.dialBack = new DialBack(streams, (address, signal) => knock(parts, address, signal));
    this.check = new ReachabilityCheck(
      () => this.ports(),
      (nodeKey, ports) => this.dialBack.ask(nodeKey, ports, this.stopping.signal),
      () => this.changed(),
      log,
    );
    this.local = new LocalAddresses((nodeKey) => members.has(nodeKey));
    this.reservations = new Reservations(libp2p, parts.reservations, self, () => this.relayCandidates(), () => this.changed(), log);
    this.mapping = init.mapping ?? new PortMapping();
    libp2p.addEventListener('peer:discovery', ({ detail }) => {
      const nodeKey = this.local.add(detail);
      if (nodeKey !== undefined) init.onFound(nodeKey);
    });
    libp2p.addEventListener('peer:identify', ({ detail }) => this.identified(detail.connection));
  }

  /** Begins what takes its time. To be called once libp2p listens. */
  start(): void {
    if (this.init.portMapping === true && this.announced.length === 0) this.mappingDone = this.mapPorts();
    this.timer = setInterval(() => this.askMore(), ASK_EVERY_MS).unref();
    this.changed();
  }

  /** The list of members has changed, and with it who can be a relay. */
  membersChanged(): void {
    this.reservations.look();
  }

  /** Answers a peer that asks whether it can be reached. Never throws. */
  serveDialBack(stream: Stream, share: ServingShare, connection: Connection, signal: AbortSignal): Promise<void> {
    return this.dialBack.serve(stream, share, connection, signal);
  }

  /**
   * Connects with a member: on the local network, at its address, or through a relay.
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

  /** This node's addresses, packed, best first: the operator's own, else those that most can use, confirmed ones before supposed ones. */
  addresses(): Uint8Array[] {
    const own = packAddresses(this.libp2p.getMultiaddrs());
    if (this.announced.length > 0) return own;
    const confirmed = this.check.summary.confirmed.map(packEndpoint);
    const all = new Map([...confirmed, ...this.mappedPorts().map(packEndpoint), ...own].map((bytes) => [toHex(bytes), bytes]));
    // the sort is stable: what comes first stays first among those of one scope
    return [...all.values()].sort((a, b) => scopeOrder(endpointOf(multiaddr(a))!) - scopeOrder(endpointOf(multiaddr(b))!));
  }

  /** What to put on the chain. An address that no member could reach is worth less than a member that leads here. */
  wayHere(): WayHere {
    const relays = this.reservations.relays();
    if (this.announced.length === 0 && this.check.summary.verdict === 'unreachable' && relays.length > 0) return { kind: 'through', relays };
    const [best] = this.addresses();
    return best === undefined ? { kind: 'none' } : { kind: 'multiaddr', bytes: best };
  }

  report(): ReachReport {
    const addresses = this.addresses().map((bytes) => multiaddr(bytes).toString());
    return { ...this.check.summary, addresses, relays: this.reservations.relays(), mapping: this.mapped };
  }

  async stop(): Promise<void> {
    this.stopping.abort(new P2pError('NODE_STOPPED', 'the node was stopped'));
    clearInterval(this.timer);
    this.reservations.stop();
    await this.mapping.stop();
  }

  /** What the gateway says when it has said it; `undefined`: there was no need to ask, or it was not wanted. */
  async portMapping(): Promise<MappingResult | undefined> {
    await this.mappingDone;
    return this.mapped;
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
  private *waysTo(target: DialTarget, failures: unknown[]): Generator<{ address: Multiaddr; limit: number }> {
    for (const packed of this.local.of(target.nodeKey)) yield { address: memberAddress(packed, target.nodeKey), limit: LOCAL_MS };
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

  /** Members with an address of their own, so that others can get to them; those with a public one, where there are any. */
  private relayCandidates(): Uint8Array[] {
    const addressed = this.members.others(this.self).filter((member) => member.multiaddr !== undefined);
    const open = addressed.filter(({ multiaddr: packed, nodeKey }) => scopeOfPacked(packed!, nodeKey) === 'public');
    return (open.length > 0 ? open : addressed).map(({ nodeKey }) => nodeKey);
  }

  private identified(connection: Connection): void {
    if (this.stopping.signal.aborted || !isDirect(connection)) return;
    void this.ask(connection);
    this.reservations.look();
  }

  private async ask(connection: Connection): Promise<void> {
    const nodeKey = nodeKeyOf(connection.remotePeer);
    const from = endpointOf(connection.remoteAddr);
    if (nodeKey === undefined || from === undefined || !this.members.has(nodeKey)) return;
    if (await this.check.consider(nodeKey, scopeOf(from.host))) this.askMore();
  }

  /** Those who were not asked because others were being, and those whose turn has come again. */
  private askMore(): void {
    if (this.stopping.signal.aborted) return;
    for (const connection of this.libp2p.getConnections()) if (isDirect(connection)) void this.ask(connection);
  }

  /** Where others may get in: what is listened on, announced, or mapped. */
  private ports(): Port[] {
    const listening = this.libp2p.getMultiaddrs().flatMap((address) => endpointOf(address) ?? []);
    const seen = new Set<string>();
    return [...this.announced, ...this.mappedPorts(), ...listening].flatMap(({ port, transport }) => {
      const key = `${transport}/${port}`;
      if (transport === 'wss' || seen.has(key)) return [];
      seen.add(key);
      return [{ port, transport }];
    });
  }

  private mappedPorts(): Endpoint[] {
    const mapped = this.mapped?.mapped ?? [];
    return mapped.filter(({ externalHost }) => scopeOf(externalHost) === 'public').map(({ externalHost, externalPort }) => ({ host: externalHost, port: externalPort, transport: 'tcp' }));
  }

  private async mapPorts(): Promise<void> {
    const listening = this.libp2p.getMultiaddrs().flatMap((address) => endpointOf(address) ?? []);
    const ports = listening.filter(({ host, transport }) => transport === 'tcp' && scopeOf(host) === 'private').map(({ port }) => port);
    if (ports.length === 0 || listening.some(({ host }) => scopeOf(host) === 'public')) return;
    this.mapped = await this.mapping.map([...new Set(ports)], this.stopping.signal);
    if (this.stopping.signal.aborted) return;
    for (const failure of this.mapped.failures) this.init.log(`no port mapping: ${failure}`);
    if (this.mapped.mapped.length === 0) return;
    this.check.forget();
    this.askMore();
    this.changed();
  }

  private changed(): void {
    if (this.stopping.signal.aborted) return;
    const report = this.report();
    this.reservations.want(report.verdict === 'unreachable' || report.verdict === 'some');
    for (const endpoint of report.confirmed) this.tellLibp2p(endpoint);
    const shown = JSON.stringify(report);
    if (shown === this.shown) return;
    this.shown = shown;
    this.init.onChange(report);
  }

  /** A confirmed address goes into what identify tells others, and so into hole punching. */
  private tellLibp2p({ host, port, transport }: Endpoint): void {
    const internal = localAddress();
    if (internal === undefined || scopeOf(host) !== 'public' || transport !== 'tcp' || host.includes(':')) return;
    const mapped = this.mapped?.mapped.find(({ externalPort }) => externalPort === port);
    this.parts.addressManager.addPublicAddressMapping(internal, mapped?.internalPort ?? port, host, port, 'tcp');
    this.parts.addressManager.confirmObservedAddr(multiaddr(packEndpoint({ host, port, transport })), { type: 'ip-mapping' });
  }
}

function scopeOfPacked(packed: Uint8Array, nodeKey: Uint8Array): ReturnType<typeof scopeOf> | undefined {
  try {
    const endpoint = endpointOf(memberAddress(packed, nodeKey));
    return endpoint === undefined ? undefined : scopeOf(endpoint.host);
  } catch {
    return undefined;
  }
}
