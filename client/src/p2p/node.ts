import './with-resolvers.js';
import { EventEmitter, setMaxListeners } from 'node:events';
import type { GossipSub } from '@chainsafe/libp2p-gossipsub';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { identify } from '@libp2p/identify';
import type { Libp2p, PeerId, Stream } from '@libp2p/interface';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import bs58 from 'bs58';
import { createLibp2p } from 'libp2p';
import type { Announcement } from '../protocol/commitment.js';
import type { WitnessList } from '../protocol/witness-list.js';
import { memberAddress, packAddresses } from './addresses.js';
import { Admission, DEFAULT_OBSERVERS } from './admission.js';
import { ANNOUNCEMENT_PROTOCOL, AnnouncementExchange, type MessageLookup, type RoundMessages } from './announcement-exchange.js';
import { type DialTarget, Dialer } from './dialer.js';
import { P2pError } from './errors.js';
import { Gossip, type Validators, gossipService, topicsOf } from './gossip.js';
import { GossipLinks } from './gossip-links.js';
import { type Identity, identityFromSecretKey, nodeKeyOf, peerIdOf, shortName } from './identity.js';
import { MemberList, type PeerMember, membersOnly } from './member-list.js';
import { MODEL_PROTOCOL, type ModelFetchOptions, ModelSharing } from './model-sharing.js';
import { PAYLOAD_PROTOCOL, PayloadExchange } from './payload-exchange.js';
import { ScoreStore } from './score/store.js';
import { STREAM_LIMITS, ServingLimits } from './serving-limits.js';
import type { ServingShare } from './serving-share.js';
import type { HashLeaves } from './shared-model.js';
import { Traffic } from './traffic.js';

export interface P2pNodeOptions {
  /** The node key as in Solana's `id.json`, 64 bytes: it becomes the libp2p identity. */
  secretKey: Uint8Array;
  /** The run's `origin`, base58. */
  run: string;
  /** Multiaddrs to listen on; every interface and a free port unless given. */
  listen?: string[];
  /** Multiaddrs to tell others instead of the detected ones, e.g. of a forwarded port. */
  announce?: string[];
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
  /** A peer did what only a dishonest or broken one does. */
  offence: [offence: { nodeKey: Uint8Array; error: P2pError }];
}

export interface P2pStats {
  /** All bytes of the peer connections' TCP streams since the start, see {@link Traffic}. */
  bytesUp: number;
  bytesDown: number;
  /** Members connected now. */
  peers: number;
}

type Node = Libp2p<{ pubsub: GossipSub }>;

/**
 * A member's place in the network of one run: gossips commitments and witness lists, pulls payloads and parameters by
 * hash from the others and serves its own, and talks to nobody but members.
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
  private readonly stopping = new AbortController();
  private stopped: Promise<void> | undefined;

  /** @throws {ProtocolError} BAD_SECRET_KEY; {P2pError} CANNOT_LISTEN. */
  static async create(options: P2pNodeOptions): Promise<P2pNode> {
    options.signal?.throwIfAborted();
    const identity = identityFromSecretKey(options.secretKey);
    const members = new MemberList();
    const traffic = new Traffic();
    const admission = new Admission(members, new ScoreStore(), new ServingLimits(), options.observers ?? DEFAULT_OBSERVERS);
    const libp2p = await startLibp2p(options, identity, admission, traffic);
    const node = new P2pNode(options, identity, libp2p, members, traffic, admission);
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
  ) {
    super();
    const log = options.log ?? (() => {});
    admission.onOffence = (nodeKey, error) => this.offended(nodeKey, error);
    admission.watch(libp2p);
    const peers = {
      open: (nodeKey: Uint8Array, protocol: string, signal: AbortSignal) => this.openStream(nodeKey, protocol, signal),
      offence: (nodeKey: Uint8Array, error: P2pError) => this.offended(nodeKey, error),
    };
    this.nodeKey = identity.nodeKey;
    this.members = members;
    this.log = log;
    this.payloads = new PayloadExchange(peers);
    this.models = new ModelSharing(peers, () => this.payloads.serving);
    this.messages = new AnnouncementExchange(peers);
    this.dialer = new Dialer(
      identity.nodeKey,
      (target, signal) => this.dial(target, signal),
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
    return packAddresses(this.libp2p.getMultiaddrs());
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
    await this.libp2p.stop();
  }

  private async listen(): Promise<void> {
    const signal = manyListeners(this.stopping.signal);
    const serve = (protocol: string, isPublic: boolean, handler: (stream: Stream, share: ServingShare) => Promise<void>) =>
      this.libp2p.handle(protocol, (stream, connection) => this.admission.serve(stream, connection, isPublic, (share) => handler(stream, share)), STREAM_LIMITS);
    await serve(PAYLOAD_PROTOCOL, true, (stream, share) => this.payloads.serve(stream, share, signal));
    await serve(MODEL_PROTOCOL, false, (stream, share) => this.models.serve(stream, share, signal));
    await serve(ANNOUNCEMENT_PROTOCOL, true, (stream, share) => this.messages.serve(stream, share, signal));
    this.libp2p.addEventListener('peer:connect', (event) => this.peerChanged(event.detail, true));
    this.libp2p.addEventListener('peer:disconnect', (event) => this.peerChanged(event.detail, false));
    this.gossip.start();
  }

  /** A peer did what no honest one does: it is told to whoever listens, and may cost the peer its connections. */
  private offended(nodeKey: Uint8Array, error: P2pError): void {
    const { before, after } = this.admission.scores.punish(nodeKey, error.code);
    this.log(`${shortName(nodeKey)} is dishonest or broken: ${error.message}${after === before ? '' : `; now ${after}`}`);
    this.tell('offence', { nodeKey, error });
    if (after !== before) this.admission.review(this.libp2p);
  }

  private peerChanged(peerId: PeerId, connected: boolean): void {
    const nodeKey = nodeKeyOf(peerId);
    if (nodeKey === undefined) return;
    if (connected) this.dialer.connected(nodeKey);
    else this.dialer.disconnected(nodeKey);
    this.tell('peer', { nodeKey, connected });
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

  private async dial(target: DialTarget, signal: AbortSignal): Promise<void> {
    if (target.multiaddr === undefined) throw new P2pError('NOT_CONNECTED', `${shortName(target.nodeKey)} has no address to dial`);
    await this.libp2p.dial(memberAddress(target.multiaddr, target.nodeKey), { signal });
  }

  private async openStream(nodeKey: Uint8Array, protocol: string, signal: AbortSignal): Promise<Stream> {
    const member = this.members.get(nodeKey);
    if (member === undefined) throw new P2pError('NOT_A_MEMBER', `${shortName(nodeKey)} is not a member of the run`);
    if (this.stopped !== undefined) throw new P2pError('NODE_STOPPED', 'the node was stopped');
    try {
      if (!this.isConnected(nodeKey)) await this.dial(member, signal);
      const connection = this.libp2p.getConnections(peerIdOf(nodeKey)).find(({ status }) => status === 'open');
      if (connection === undefined) throw new P2pError('NOT_CONNECTED', 'the peer closed the connection: it may not know this member yet');
      return await connection.newStream(protocol, { signal, maxOutboundStreams: STREAM_LIMITS.maxOutboundStreams });
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

async function startLibp2p(options: P2pNodeOptions, identity: Identity, admission: Admission, traffic: Traffic): Promise<Node> {
  const listen = options.listen ?? ['/ip4/0.0.0.0/tcp/0'];
  try {
    return await createLibp2p({
      privateKey: identity.privateKey,
      addresses: { listen, ...(options.announce && { announce: options.announce }) },
      transports: [traffic.counting(tcp())],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux({ maxInboundStreams: 128, maxOutboundStreams: 128, streamOptions: { maxStreamWindowSize: 4 * 1024 * 1024 } })],
      connectionGater: membersOnly(admission),
      connectionManager: {
        maxConnections: 600, // 256 members, twice where both sides dialed at once
        inboundConnectionThreshold: 32, // members behind one address reconnect together
        maxIncomingPendingConnections: 64,
      },
      // a peer whose event loop computes a gradient answers late, and is not gone
      connectionMonitor: { pingTimeout: { minTimeout: 20_000 } },
      nodeInfo: { name: 'psyche-client', userAgent: 'psyche-client' },
      services: { identify: identify(), ping: ping(), pubsub: gossipService(topicsOf(options.run), (peerId) => admission.isMember(peerId)) },
    });
  } catch (error) {
    throw new P2pError('CANNOT_LISTEN', `cannot listen on ${listen.join(', ')}: choose another address or port`, { cause: error });
  }
}
