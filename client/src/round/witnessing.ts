import { toHex } from '../protocol/bytes.js';
import { acceptedListRoot, type AcceptedEntry } from '../protocol/merkle.js';
import { possessionDigest } from '../protocol/possession.js';
import { signWitnessList } from '../protocol/witness-list.js';
import { bitmapOf, bitsOf, hasBit } from '../protocol/bitmap.js';
import type { Collector } from './collecting.js';
import { type Context, myself, roundRecord } from './context.js';
import type { Duties } from './duties.js';
import type { Follower } from './following.js';
import { orSomebodyElse } from './pacing.js';

/**
 * A witness's round (protocol 3.4): it gossips a signed list of what it holds and has checked, and votes on the chain
 * for the list that a quorum of witnesses agrees on, once it holds all of its payloads.
 */
export class RoundWitness {
  private listed = '';

  constructor(
    private readonly context: Context,
    private readonly follower: Follower,
    private readonly collector: Collector,
  ) {}

  /** Does what is due; call at every change. */
  update(duties: Duties): void {
    const { context } = this;
    const { view } = context;
    if ((view.state !== 'RoundTrain' && view.state !== 'RoundWitness') || !view.seedPinned) return;
    const me = myself(context);
    if (me?.state !== 'Healthy' || !view.witnesses.includes(me.index)) return;
    const book = context.books.of(view.epoch, view.round);
    // After the deadline what is held counts, before it only all there can be: slow trainers are not cut off.
    const late = view.state === 'RoundWitness';
    if (late) book.closeList();
    // Any member can announce; only the round's trainers count, and the program takes no vote for anybody else.
    const trainers = roundRecord(view, view.round)?.trainers ?? new Uint8Array();
    const ofTrainers = (entries: AcceptedEntry[]): AcceptedEntry[] => entries.filter((e) => hasBit(trainers, e.index));
    const held = ofTrainers(book.held());
    if (held.length > 0 && (late || this.isComplete(held))) this.gossip(held, me.index, duties);
    const accepted = ofTrainers(book.accepted(view.witnesses));
    if (accepted.length > 0 && (late || (this.isComplete(accepted) && !this.hashIsDue()))) this.vote(accepted, me.index, duties);
  }

  private isComplete(entries: readonly AcceptedEntry[]): boolean {
    const { view } = this.context;
    const listed = new Set(entries.map((e) => e.index));
    // Only those with a share of the batch: a small batch may not reach everybody.
    const trainers = bitsOf(roundRecord(view, view.round)?.trainers ?? new Uint8Array());
    return trainers.length > 0 && trainers.every((index) => listed.has(index) || view.members[index]?.state !== 'Healthy');
  }

  /**
   * Whether this round's vote is to say what θ is after the round before, and this participant is about to know: a large
   * model takes a while to step. Nobody trains the next round before that either, so nothing waits for this.
   */
  private hashIsDue(): boolean {
    const { view, model, manifest } = this.context;
    const asked = view.round % manifest.hashInterval === 0 && model.epoch === view.epoch && model.inSync;
    return asked && this.follower.hashAfter(view.round - 1) === undefined;
  }

  private gossip(entries: AcceptedEntry[], memberIndex: number, duties: Duties): void {
    const { context } = this;
    const { epoch, round } = context.view;
    const key = `${epoch}/${round}/${toHex(acceptedListRoot(entries))}`;
    if (this.listed === key) return;
    duties.start('list', key, async () => {
      const list = signWitnessList(context.identity.secretKey, { program: context.program, run: context.runKey, epoch, round, memberIndex, entries });
      context.books.of(epoch, round).addList(list);
      this.listed = key;
      await context.p2p.publishList(list.bytes);
      context.wake();
    });
  }

  private vote(accepted: AcceptedEntry[], memberIndex: number, duties: Duties): void {
    const { context, follower } = this;
    const { view, tally } = context;
    const { epoch, round } = view;
    const book = context.books.of(epoch, round);
    const payloads = book.payloadsOf(accepted);
    if (payloads === undefined) {
      // Others list commitments that never reached this witness.
      if (!book.knows(accepted)) duties.start('ask', `${epoch}/${round}`, async () => (await this.collector.askPeers(epoch, round, () => book.knows(accepted)), false));
      return;
    }
    const root = acceptedListRoot(accepted);
    duties.start('vote', `${epoch}/${round}/${toHex(root)}`, async (signal) => {
      const bitmap = bitmapOf(accepted.map((e) => e.index));
      const position = view.witnesses.indexOf(memberIndex);
      const parameterHash = round % context.manifest.hashInterval === 0 ? follower.hashAfter(round - 1) : undefined;
      const { bytesUp, bytesDown } = context.p2p.stats();
      const possession = possessionDigest(context.identity.publicKey, payloads);
      const { figures } = tally;
      const evals = figures.map(({ tag, value }) => ({ name: tag, value }));
      const metrics = { loss: tally.lastLoss, tokensPerSecond: tally.lastTokensPerSecond, bytesUp, bytesDown, evals };
      const done = await orSomebodyElse(() =>
        context.chain.witness({ epoch, round, position, memberIndex, bitmap, root, parameterHash, possession, metrics }, { signal }),
      );
      // Once is enough, and each costs compute units.
      if (done && tally.figures === figures) tally.figures = [];
      if (done) context.emit({ event: 'voted', epoch, round, accepted: accepted.length });
      return done;
    });
  }
}
