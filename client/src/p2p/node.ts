import './with-resolvers.js';
import { EventEmitter, setMaxListeners } from 'node:events';
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import bs58 from 'bs58';
import type { Announcement } from '../protocol/commitment.js';
import type { WitnessList } from '../protocol/witness-list.js';
import { Admission, DEFAULT_OBSERVERS } from './admission.js';
import { ANNOUNCEMENT_PROTOCOL, AnnouncementExchange, type MessageLookup, type RoundMessages } from './announcement-exchange.js';
import { Dialer } from './dialer.js';
import { P2pError } from './errors.js';
import { Gossip, type Validators, topicsOf } from './gossip.js';
import { GossipLinks } from './gossip-links.js';
import { type Identity, identityFromSecretKey, nodeKeyOf, peerIdOf, shortName } from './identity.js';
import { MemberList, type PeerMember } from './member-list.js';
import { MODEL_PROTOCOL, type ModelFetchOptions, ModelSharing } from './model-sharing.js';
import { PaceBook } from './pace.js';
import { PAYLOAD_PROTOCOL, PayloadExchange } from './payload-exchange.js';
import { bestOf } from './reach/connections.js';
import { DIAL_BACK_PROTOCOL } from './reach/dial-back.js';
import { Libp2pParts } from './reach/libp2p-parts.js';
import type { MappingResult } from './reach/port-mapping.js';
import { Reach, type ReachReport, type WayHere } from './reach/reach.js';
import { OFFENCES } from './score/constants.js';
import { ScoreStore } from './score/store.js';
import { STREAM_LIMITS, ServingLimits } from './serving-limits.js';
import type { ServingShare } from './serving-share.js';
import type { HashLeaves } from './shared-model.js';
import { type ListenOptions, type Node, startLibp2p } from './start-libp2p.js';
import { Traffic } from './traffic.js';

export interface P2pNodeOptions extends ListenOptions {
  /** The node key as in Solana's `id.json`, 64 bytes: it becomes the libp2p identity. */
  secretKey: Uint8Array;
  /** Connections of peers that are no members and only watch; 8 unless given, 0 for none. */
  observers?: number;
  log?: (message: string) => void;
  /** Stops the start-up, and later the node. */
  signal?: AbortSignal;
}

export interface P2pEvents {
  /** Accepted by the validator, once per content; never this node's own. */
  announcement: [announcement: Announcement];
  list: [list: WitnessList];
  peer: [change: { nodeKey: Uint8Array; connected: boolean }];
  /** A member did what only a dishonest or broken one does. */
  offence: [offence: { nodeKey: Uint8Array; error: P2pError }];
  /** A member is refused from now on, for what it did last and before. */
  barred: [bar: { nodeKey: Uint8Array; error: P2pError; milliseconds: number }];
  /** What is known of how others reach this node has changed. */
  reach: [report: ReachReport];
}

export interface P2pStats {
  /** All bytes of the peer connections' TCP streams since the start, see {@link Traffic}. */
  bytesUp: number;
  bytesDown: number;
  /** Members connected now. */
  peers: number;
}

/**
 * A member's place in the network of one run: gossips commitments and witness lists, pulls payloads and parameters by
 * hash from the others and serves its own. Who is no member may watch, within an observer's limits.
 */
export class P2pNode extends EventEmitter<P2pEvents> {
  /** This node's key, 32 bytes. */
  readonly nodeKey: Uint8Array;
  private readonly members: MemberList;
  private readonly links: GossipLinks;
  private readonly gossip: Gossip;
  private readonly payloads: PayloadExchange;
  private readonly models: ModelSharing;
  private readonly messages: AnnouncementExchange;
  private readonly dialer: Dialer;
  private readonly reach: Reach;
  private readonly stopping = new AbortController();
  private stopped: Promise<void> | undefined;

  /** @throws {ProtocolError} BAD_SECRET_KEY; {P2pError} CANNOT_LISTEN. */
  static async create(options: P2pNodeOptions): Promise<P2pNode> {
    options.signal?.throwIfAborted();
    const identity = identityFromSecretKey(options.secretKey);
    const members = new MemberList();
    const traffic = new Traffic();
    const admission = new Admission(members, new ScoreStore(), new ServingLimits(), options.observers ?? DEFAULT_OBSERVERS);
    const parts = new Libp2pParts();
    const libp2p = await startLibp2p(options, identity, admission, traffic, parts);
    const node = new P2pNode(options, identity, libp2p, members, traffic, admission, parts);
    if (options.signal?.aborted) {
      await node.stop();
      throw options.signal.reason;
    }
    options.signal?.addEventListener('abort', () => void node.stop(), { once: true, signal: node.stopping.signal });
    await node.listen();
    return node;
  }

  private constructor(
    options: P2pNodeOptions,
    identity: Identity,
    private readonly libp2p: Node,
    members: MemberList,
    private readonly traffic: Traffic,
    private readonly admission: Admission,
    parts: Libp2pParts,
  ) {
    super();
    const log = options.log ?? (() => {});
    admission.onOffence = (nodeKey, error) => this.offended(nodeKey, error);
    admission.watch(libp2p);
    const paces = new PaceBook();
    const peers = {
      pace: (nodeKey: Uint8Array) => paces.of(nodeKey),
      open: (nodeKey: Uint8Array, protocol: string, signal: AbortSignal) => this.openStream(nodeKey, protocol, signal),
      offence: (nodeKey: Uint8Array, error: P2pError) => this.offended(nodeKey, error),
    };
    this.nodeKey = identity.nodeKey;
    this.members = members;
    this.log = log;
    this.payloads = new PayloadExchange(peers);
    this.models = new ModelSharing(peers, () => this.payloads.serving);
    this.messages = new AnnouncementExchange(peers);
    this.reach = new Reach(libp2p, parts, members, identity.nodeKey, peers, {
      ...options,
      log,
      onChange: (report) => this.tell('reach', report),
      onFound: (nodeKey) => this.dialer.retry(nodeKey),
    });
    this.dialer = new Dialer(
      identity.nodeKey,
      (target, signal) => this.reach.dial(target, signal),
      (nodeKey) => this.isConnected(nodeKey),
      log,
    );
    const topics = topicsOf(options.run);
    this.links = new GossipLinks(libp2p, libp2p.services.pubsub, topics.commitments, (peerId) => this.gossipLost(peerId));
    this.gossip = new Gossip(libp2p.services.pubsub, topics, bs58.decode(options.run), members, {
      announcement: (announcement) => this.tell('announcement', announcement),
      list: (list) => this.tell('list', list),
      offence: peers.offence,
    });
  }

  private readonly log: (message: string) => void;

  /** The node key in libp2p's notation. */
  get peerId(): PeerId {
    return this.libp2p.peerId;
  }

  /** This node's addresses as `join_run` takes them: binary, without `/p2p`, at most 48 bytes, best first. */
  addresses(): Uint8Array[] {
    return this.reach.addresses();
  }

  /** What to put on the chain, so that others find a way to this node. */
  wayHere(): WayHere {
    return this.reach.wayHere();
  }

  /** What the local network's gateway says to mapping ports, once it has; `undefined` where it was not asked. */
  portMapping(): Promise<MappingResult | undefined> {
    return this.reach.portMapping();
  }

  /** Whether a member answers at its address and has its key, without a connection to it. @returns why not. */
  tryMember(member: PeerMember, signal: AbortSignal): Promise<string | undefined> {
    return this.reach.tryMember(member, signal);
  }

  /** What is known of how others reach this node; `reach` events tell when it changes. */
  reachReport(): ReachReport {
    return this.reach.report();
  }

  /**
   * Who the members are. Others are refused, and disconnected if they are not members any more; members with an
   * address are dialed until connected, and again whenever they are lost.
   *
   * @param epoch what the indices belong to. With it, messages of other epochs are ignored and forged ones held
   *   against their sender; without it both are only ignored.
   */
  setMembers(members: readonly PeerMember[], epoch?: number): void {
    if (this.stopped !== undefined) return;
    this.members.replace(members, epoch);
    this.dialer.setTargets(this.members.others(this.nodeKey));
    this.reach.membersChanged();
    this.admission.review(this.libp2p);
  }

  setValidators(validators: Validators): void {
    this.gossip.validators = validators;
  }

  /** Settles when all these members are connected and take part in gossip, so that what is published reaches them. */
  waitForPeers(nodeKeys: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
    return this.links.wait(this.notSelf(nodeKeys).map(peerIdOf), [signal, this.stopping.signal]);
  }

  /** Gossips a signed announcement. It reaches those who are connected; others ask for it when they miss it. */
  publishAnnouncement(bytes: Uint8Array): Promise<void> {
    return this.gossip.publishAnnouncement(bytes);
  }

  publishList(bytes: Uint8Array): Promise<void> {
    return this.gossip.publishList(bytes);
  }

  /** Serves a payload by its SHA-256 until {@link forget}. */
  provide(hash: Uint8Array, bytes: Uint8Array): void {
    this.payloads.store.put(hash, bytes);
  }

  forget(hash: Uint8Array): void {
    this.payloads.store.delete(hash);
  }

  /**
   * Serves a model by its Merkle root; of several the last two.
   *
   * @param bytes called when somebody asks for the first time; what it gives must not change.
   * @param hash computes its leaf hashes on other threads, see {@link HashLeaves}; without it this one does.
   */
  provideModel(root: Uint8Array, bytes: () => Uint8Array, hash?: HashLeaves): void {
    this.models.models.put(root, bytes, hash);
  }

  /** Serves a round's announcements and witness lists, whole and in any order, to peers that missed some. */
  provideAnnouncements(get: MessageLookup): void {
    this.messages.lookup = get;
  }

  /** See {@link PayloadExchange.fetch}. What was fetched is served to others only after {@link provide}. */
  fetch(hash: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal): Promise<Uint8Array> {
    return this.payloads.fetch(hash, size, this.notSelf(sources), manyListeners(signal));
  }

  /** See {@link ModelSharing.fetch}. */
  fetchModel(root: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal, options?: ModelFetchOptions): Promise<Uint8Array> {
    return this.models.fetch(root, size, this.notSelf(sources), manyListeners(signal), options);
  }

  /** See {@link ModelSharing.fetchAhead}. */
  fetchModelAhead(root: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal, options: ModelFetchOptions & { folder: string }): Promise<void> {
    return this.models.fetchAhead(root, size, this.notSelf(sources), manyListeners(signal), options);
  }

  /** The announcements and witness lists of a round that `source` has and that members signed. */
  async fetchAnnouncements(epoch: number, round: number, source: Uint8Array, signal: AbortSignal): Promise<RoundMessages> {
    const { announcements, lists } = await this.messages.fetch(epoch, round, source, manyListeners(signal));
    return {
      announcements: announcements.filter((announcement) => this.gossip.isAuthentic(announcement)),
      lists: lists.filter((list) => this.gossip.isAuthenticList(list)),
    };
  }

  stats(): P2pStats {
    const peers = this.libp2p.getPeers().filter((peer) => this.members.hasPeer(peer)).length;
    return { bytesUp: this.traffic.bytesUp, bytesDown: this.traffic.bytesDown, peers };
  }

  /** Ends all connections and conversations. Settles when nothing is left running; may be called again. */
  stop(): Promise<void> {
    this.stopped ??= this.stopOnce();
    return this.stopped;
  }

  private async stopOnce(): Promise<void> {
    this.dialer.stop();
    this.stopping.abort(new P2pError('NODE_STOPPED', 'the node was stopped'));
    this.models.models.clear();
    this.payloads.store.clear();
    await this.reach.stop();
    await this.libp2p.stop();
  }

  private async listen(): Promise<void> {
    const signal = manyListeners(this.stopping.signal);
    const serve = (protocol: string, isPublic: boolean, handler: (stream: Stream, share: ServingShare, ending: AbortSignal, connection: Connection) => Promise<void>) =>
      this.libp2p.handle(protocol, (stream, connection) => this.admission.serve(stream, connection, isPublic, signal, (share, ending) => handler(stream, share, ending, connection)), { ...STREAM_LIMITS, runOnLimitedConnection: runsRelayed(protocol) });
    await serve(PAYLOAD_PROTOCOL, true, (stream, share, ending) => this.payloads.serve(stream, share, ending));
    await serve(MODEL_PROTOCOL, false, (stream, share, ending) => this.models.serve(stream, share, ending));
    await serve(ANNOUNCEMENT_PROTOCOL, true, (stream, share, ending) => this.messages.serve(stream, share, ending));
    await serve(DIAL_BACK_PROTOCOL, true, (stream, share, ending, connection) => this.reach.serveDialBack(stream, share, connection, ending));
    this.libp2p.addEventListener('peer:connect', (event) => this.peerChanged(event.detail, true));
    this.libp2p.addEventListener('peer:disconnect', (event) => this.peerChanged(event.detail, false));
    // what it said of itself may only be written down when it has gone
    this.libp2p.addEventListener('peer:identify', (event) => this.forgetStranger(event.detail.peerId));
    this.gossip.start();
    this.reach.start();
  }

  /** A member did what no honest one does: it is told to whoever listens, and may cost the member its connections. */
  private offended(nodeKey: Uint8Array, error: P2pError): void {
    if (!this.members.has(nodeKey) || !OFFENCES[error.code]) return;
    const { scores } = this.admission;
    const { before, after } = scores.punish(nodeKey, error.code);
    this.log(`${shortName(nodeKey)} is dishonest or broken: ${error.message}${after === before ? '' : `; now ${after}`}`);
    this.tell('offence', { nodeKey, error });
    if (after === before) return;
    this.tell('barred', { nodeKey, error, milliseconds: scores.barredFor(nodeKey) });
    this.admission.review(this.libp2p);
  }

  private peerChanged(peerId: PeerId, connected: boolean): void {
    const nodeKey = nodeKeyOf(peerId);
    if (nodeKey === undefined) return;
    if (connected) this.dialer.connected(nodeKey);
    else {
      this.dialer.disconnected(nodeKey);
      this.forgetStranger(peerId);
    }
    this.tell('peer', { nodeKey, connected });
  }

  /** libp2p keeps for ever what a peer says of itself, and there is no end of keys. */
  private forgetStranger(peerId: PeerId): void {
    if (this.members.hasPeer(peerId) || this.libp2p.getConnections(peerId).length > 0) return;
    this.libp2p.peerStore.delete(peerId).catch((error: unknown) => this.log(`could not forget a peer: ${String(error)}`));
  }

  /** A peer that stays connected but hears no gossip would miss everything: connect anew. */
  private gossipLost(peerId: PeerId): void {
    setImmediate(() => {
      if (this.stopped !== undefined || this.libp2p.getConnections(peerId).length === 0) return;
      this.libp2p.hangUp(peerId).catch((error: unknown) => this.log(`could not hang up: ${String(error)}`));
    });
  }

  private isConnected(nodeKey: Uint8Array): boolean {
    return this.libp2p.getConnections(peerIdOf(nodeKey)).some((connection) => connection.status === 'open');
  }

  private async openStream(nodeKey: Uint8Array, protocol: string, signal: AbortSignal): Promise<Stream> {
    const member = this.members.get(nodeKey);
    if (member === undefined) throw new P2pError('NOT_A_MEMBER', `${shortName(nodeKey)} is not a member of the run`);
    if (this.stopped !== undefined) throw new P2pError('NODE_STOPPED', 'the node was stopped');
    try {
      if (!this.isConnected(nodeKey)) await this.reach.dial(member, signal);
      const connection = bestOf(this.libp2p.getConnections(peerIdOf(nodeKey)));
      if (connection === undefined) throw new P2pError('NOT_CONNECTED', 'the peer closed the connection: it may not know this member yet');
      return await connection.newStream(protocol, { signal, maxOutboundStreams: STREAM_LIMITS.maxOutboundStreams, runOnLimitedConnection: runsRelayed(protocol) });
    } catch (error) {
      if (error instanceof P2pError) throw error;
      throw new P2pError('NOT_CONNECTED', `cannot be reached: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  private notSelf(sources: readonly Uint8Array[]): Uint8Array[] {
    return sources.filter((source) => Buffer.compare(source, this.nodeKey) !== 0);
  }

  /** A listener that throws must not take libp2p's event loop, and with it the process, down. */
  private tell<K extends keyof P2pEvents>(event: K, detail: P2pEvents[K][0]): void {
    try {
      (this as EventEmitter).emit(event, detail);
    } catch (error) {
      this.log(`a listener of "${event}" failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
}

/** One signal ends many conversations: no leak, so no warning. */
function manyListeners(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}

/** Whether a relay is to carry it: a member's line is not there to pass whole models on, nor to be dialed back through. */
const runsRelayed = (protocol: string): boolean => protocol === PAYLOAD_PROTOCOL || protocol === ANNOUNCEMENT_PROTOCOL;
