import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { toHex } from '../../protocol/bytes.js';
import { type Endpoint, bestFirst, endpointOf, memberAddress, packAddresses, packEndpoint, scopeOf } from '../addresses.js';
import type { DialTarget } from '../dialer.js';
import { P2pError } from '../errors.js';
import { nodeKeyOf } from '../identity.js';
import type { MemberList } from '../member-list.js';
import type { PeerStreams } from '../peer-streams.js';
import type { ServingShare } from '../serving-share.js';
import { isDirect } from './connections.js';
import { DialBack, type Port } from './dial-back.js';
import { knock } from './knock.js';
import type { Libp2pParts, ReachOptions } from './libp2p-parts.js';
import { LocalAddresses } from './local-discovery.js';
import { type MappingResult, PortMapping } from './port-mapping.js';
import { type Reachability, ReachabilityCheck } from './reachability.js';
import { Reservations } from './reservations.js';
import { Ways } from './ways.js';

/** Milliseconds between looks at whose turn it is to be asked whether this node can be reached. */
const ASK_EVERY_MS = 60_000;

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
  private readonly ways: Ways;
  private readonly mapping: PortMapping;
  private readonly announced: readonly Endpoint[];
  private mapped: MappingResult | undefined;
  private mappingDone: Promise<void> = Promise.resolve();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private shown = '';
  /** Addresses that libp2p was told of, packed, in hex: it counts them among its own, and has no listener there. */
  private readonly told = new Set<string>();

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
    this.dialBack = new DialBack(
      streams,
      (address, signal) => knock(parts, address, signal),
      (peerId) => {
        const member = members.get(nodeKeyOf(peerId)!);
        return member?.multiaddr && scopeOfPacked(member.multiaddr, member.nodeKey);
      },
      () => [...this.announced, ...this.listening()].some(({ host }) => scopeOf(host) === 'public'),
    );
    this.check = new ReachabilityCheck(
      () => this.ports(),
      (nodeKey, ports) => this.dialBack.ask(nodeKey, ports, this.stopping.signal),
      () => this.changed(),
      log,
    );
    this.local = new LocalAddresses((nodeKey) => members.has(nodeKey));
    this.ways = new Ways(libp2p, parts, members, this.local);
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

  /** See {@link Ways.dial}. */
  dial(target: DialTarget, signal: AbortSignal): Promise<void> {
    return this.ways.dial(target, signal);
  }

  /** See {@link Ways.tryMember}. */
  tryMember(target: DialTarget, signal: AbortSignal): Promise<string | undefined> {
    return this.ways.tryMember(target, signal);
  }

  /** This node's addresses, packed, best first: the operator's own, else as {@link bestFirst} has them. */
  addresses(): Uint8Array[] {
    const own = packAddresses(this.libp2p.getMultiaddrs());
    if (this.announced.length > 0) return own;
    return bestFirst(own.filter((bytes) => !this.told.has(toHex(bytes))), this.check.summary.confirmed, this.mappedPorts());
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
    const seen = new Set<string>();
    return [...this.announced, ...this.mappedPorts(), ...this.listening()].flatMap(({ port, transport }) => {
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
    const listening = this.listening();
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
    if (scopeOf(host) !== 'public' || transport !== 'tcp' || host.includes(':')) return;
    const mapped = this.mapped?.mapped.find(({ externalPort }) => externalPort === port);
    const local = this.listening().find((endpoint) => endpoint.transport === 'tcp' && endpoint.port === port && scopeOf(endpoint.host) === 'private');
    const [internalHost, internalPort] = mapped === undefined ? [local?.host, port] : [mapped.internalHost, mapped.internalPort];
    if (internalHost === undefined || internalHost.includes(':')) return;
    const packed = packEndpoint({ host, port, transport });
    const isListening = packAddresses(this.libp2p.getMultiaddrs()).some((own) => toHex(own) === toHex(packed));
    if (!isListening) this.told.add(toHex(packed));
    this.parts.addressManager.addPublicAddressMapping(internalHost, internalPort, host, port, 'tcp');
    this.parts.addressManager.confirmObservedAddr(multiaddr(packed), { type: 'ip-mapping' });
  }

  private listening(): Endpoint[] {
    return this.libp2p.getMultiaddrs().flatMap((address) => endpointOf(address) ?? []);
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
