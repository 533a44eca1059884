import { StrictSign, TopicValidatorResult, gossipsub, type GossipSub, type GossipSubComponents, type Message } from '@chainsafe/libp2p-gossipsub';
import { createTopicScoreParams } from '@chainsafe/libp2p-gossipsub/score';
import type { PeerId } from '@libp2p/interface';
import { bytesEqual, sha256 } from '../protocol/bytes.js';
import { ANNOUNCEMENT_BYTES, type Announcement, parseAnnouncement, verifyAnnouncement } from '../protocol/commitment.js';
import { WITNESS_LIST_MAX_BYTES, type WitnessList, parseWitnessList, verifyWitnessList } from '../protocol/witness-list.js';
import { P2pError } from './errors.js';
import type { GossipGate } from './gossip-gate.js';
import { nodeKeyOf } from './identity.js';
import type { MemberList } from './member-list.js';

/**
 * What becomes of a message: passed on and heard; dropped; dropped and held against who sent it. Reject only what is
 * wrong at any time (honest peers then never pass it on); what comes too early or late is ignored.
 */
export type Verdict = 'accept' | 'ignore' | 'reject';

export interface Validators {
  announcement(announcement: Announcement): Verdict;
  list(list: WitnessList): Verdict;
}

/** What is heard after it was accepted. */
export interface GossipListener {
  announcement(announcement: Announcement): void;
  list(list: WitnessList): void;
  /** A peer passed on what no honest one would. */
  offence(nodeKey: Uint8Array, error: P2pError): void;
}

/** A frame can carry many messages, e.g. all a peer asked for again. A larger one would silence its link for good. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

export interface Topics {
  commitments: string;
  lists: string;
}

export function topicsOf(run: string): Topics {
  return { commitments: `/psyche/${run}/commitments/1`, lists: `/psyche/${run}/lists/1` };
}

/**
 * gossipsub as this protocol uses it: signed, known by content, checked before it is passed on.
 *
 * @param gate others than members are no part of it: neither heard nor told anything.
 */
export function gossipService(topics: Topics, gate: GossipGate): (components: GossipSubComponents) => GossipSub {
  const names = [topics.commitments, topics.lists];
  const create = gossipsub({
    globalSignaturePolicy: StrictSign,
    msgIdFn: (message) => sha256(message.topic, message.data).subarray(0, 20),
    allowedTopics: names,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    floodPublish: true,
    emitSelf: false,
    fallbackToFloodsub: false,
    doPX: false,
    maxInboundDataLength: MAX_FRAME_BYTES,
    maxOutboundBufferSize: 2 * MAX_FRAME_BYTES,
    maxTopicBytesPerPeer: 16 * 1024,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      maxMessages: 1024,
      maxIhaveMessageIDs: 5000,
      maxIwantMessageIDs: 1024,
      maxControlMessages: 1024,
      maxIdontwantMessageIDs: 512,
      maxPeerInfos: 0,
    },
    scoreParams: {
      // the default makes nodes deaf, without an error, once more than ten peers share an address
      IPColocationFactorWeight: 0,
      topics: Object.fromEntries(names.map((name) => [name, INVALID_MESSAGES_ONLY])),
    },
  });
  return (components) => create(gate.guard(components));
}

/** Three messages that no honest peer would pass on within some seconds silence whoever sent them. */
const INVALID_MESSAGES_ONLY = createTopicScoreParams({
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1,
  firstMessageDeliveriesWeight: 0,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -10,
  invalidMessageDeliveriesDecay: 0.95,
});

/** Publishes, judges and hands on the two kinds of messages members gossip. */
export class Gossip {
  /** The caller's own judgement of well-formed, correctly signed messages; until it is set all are ignored. */
  validators: Validators = { announcement: () => 'ignore', list: () => 'ignore' };
  private readonly parsed = new WeakMap<Message, () => void>();

  constructor(
    private readonly pubsub: GossipSub,
    private readonly topics: Topics,
    private readonly run: Uint8Array,
    private readonly members: MemberList,
    private readonly listener: GossipListener,
  ) {
    pubsub.topicValidators.set(topics.commitments, (peer, message) => this.noting(peer, this.judgeAnnouncement(message)));
    pubsub.topicValidators.set(topics.lists, (peer, message) => this.noting(peer, this.judgeList(message)));
    pubsub.addEventListener('message', (event) => this.parsed.get(event.detail)?.());
  }

  start(): void {
    this.pubsub.subscribe(this.topics.commitments);
    this.pubsub.subscribe(this.topics.lists);
  }

  /** @throws {ProtocolError} for what peers would not take either: an oversized message would silence the link. */
  async publishAnnouncement(bytes: Uint8Array): Promise<void> {
    await this.publish(this.topics.commitments, parseAnnouncement(bytes).bytes);
  }

  /** @throws {ProtocolError} as {@link publishAnnouncement}. */
  async publishList(bytes: Uint8Array): Promise<void> {
    await this.publish(this.topics.lists, parseWitnessList(bytes).bytes);
  }

  /** Whether a member of the running epoch signed it for this run. */
  isAuthentic(announcement: Announcement): boolean {
    return this.authorOf(announcement, announcement.index, verifyAnnouncement);
  }

  isAuthenticList(list: WitnessList): boolean {
    return this.authorOf(list, list.memberIndex, verifyWitnessList);
  }

  private authorOf<T extends { run: Uint8Array; epoch: number }>(item: T, index: number, signed: (item: T, nodeKey: Uint8Array) => boolean): boolean {
    if (!bytesEqual(item.run, this.run)) return false;
    if (this.members.epoch !== undefined && item.epoch !== this.members.epoch) return false;
    const author = this.members.at(index);
    return author !== undefined && signed(item, author.nodeKey);
  }

  private async publish(topic: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.pubsub.publish(topic, bytes);
    } catch (error) {
      throw new P2pError('NODE_STOPPED', 'could not publish: the node is not running', { cause: error });
    }
  }

  private noting(peer: PeerId, result: TopicValidatorResult): TopicValidatorResult {
    const nodeKey = nodeKeyOf(peer);
    if (result === TopicValidatorResult.Reject && nodeKey !== undefined) {
      this.listener.offence(nodeKey, new P2pError('BAD_MESSAGE', 'passed on a message that is malformed, forged or refused'));
    }
    return result;
  }

  private judgeAnnouncement(message: Message): TopicValidatorResult {
    if (message.data.length !== ANNOUNCEMENT_BYTES) return TopicValidatorResult.Reject;
    return this.judge(message, parseAnnouncement, {
      authentic: (announcement) => this.isAuthentic(announcement),
      judge: (announcement) => this.validators.announcement(announcement),
      hear: (announcement) => this.listener.announcement(announcement),
    });
  }

  private judgeList(message: Message): TopicValidatorResult {
    if (message.data.length > WITNESS_LIST_MAX_BYTES) return TopicValidatorResult.Reject;
    return this.judge(message, parseWitnessList, {
      authentic: (list) => this.isAuthenticList(list),
      judge: (list) => this.validators.list(list),
      hear: (list) => this.listener.list(list),
    });
  }

  private judge<T extends { run: Uint8Array; epoch: number }>(
    message: Message,
    parse: (bytes: Uint8Array) => T,
    kind: { authentic(item: T): boolean; judge(item: T): Verdict; hear(item: T): void },
  ): TopicValidatorResult {
    let item: T;
    try {
      item = parse(message.data);
    } catch {
      return TopicValidatorResult.Reject;
    }
    if (!bytesEqual(item.run, this.run)) return TopicValidatorResult.Reject;
    const { epoch } = this.members;
    // with another epoch's members nothing can be said about it
    if (epoch !== undefined && item.epoch !== epoch) return TopicValidatorResult.Ignore;
    if (!kind.authentic(item)) return epoch === undefined ? TopicValidatorResult.Ignore : TopicValidatorResult.Reject;
    const verdict = kind.judge(item);
    if (verdict === 'accept') this.parsed.set(message, () => kind.hear(item));
    return VERDICTS[verdict] ?? TopicValidatorResult.Ignore;
  }
}

const VERDICTS: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};
