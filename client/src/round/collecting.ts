import { bytesEqual, toHex } from '../protocol/bytes.js';
import { within } from '../p2p/deadline.js';
import type { Verdict } from '../p2p/index.js';
import type { Announcement } from '../protocol/commitment.js';
import { findRound, inEpoch } from '../protocol/run-view.js';
import type { WitnessList } from '../protocol/witness-list.js';
import type { RoundBook } from './book.js';
import { accuse } from './convicting.js';
import { decodeKey } from './keys.js';
import type { Context } from './context.js';
import { FetchSlots } from './fetch-slots.js';

/** How long one payload may take before it gives its place to another: this, and the time for its bytes over a slow link. */
const FETCH_TIMEOUT_MS = 20_000;
const FETCH_BYTES_PER_MS = 32;
/** Members that are asked for a payload at first, where neither its trainer nor a witness that lists it has it. */
const OTHERS_AT_FIRST = 8;
/** Peers asked at once for what was missed, how long one may take, and the pause before all are asked again. */
const ASKED_AT_ONCE = 4;
const ASK_TIMEOUT_MS = 5_000;
const ASK_PAUSE_MS = 1_000;

/**
 * Gathers what the round's trainers announce: checks who signed it, pulls the payload by its hash from the trainer or
 * any other holder, and checks that it decodes (protocol 3.2, 3.3).
 */
export class Collector {
  private readonly slots = new FetchSlots();
  private asked = 0;
  private askedAt = -Infinity;

  constructor(
    private readonly context: Context,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Whether a message that a member of the epoch signed (the network layer has checked that) is of use and passed on:
   * it must be about this program, this run and the rounds around the present one.
   */
  judge(message: { program: Uint8Array; run: Uint8Array; epoch: number; round: number }): Verdict {
    const { view, program, runKey } = this.context;
    if (!bytesEqual(message.program, program) || !bytesEqual(message.run, runKey)) return 'reject';
    // Chains are seen at different moments: a peer may be a round ahead, and the last rounds are still of use.
    const near = message.round <= view.round + 1 && message.round + view.rounds.length >= view.round;
    return inEpoch(view) && message.epoch === view.epoch && near ? 'accept' : 'ignore';
  }

  /** As {@link judge}; of an equivocator's, the first two and what witnesses list are passed on: they prove all there is. */
  judgeAnnouncement(announcement: Announcement): Verdict {
    const verdict = this.judge(announcement);
    if (verdict !== 'accept') return verdict;
    return this.book(announcement).isOfUse(announcement) ? 'accept' : 'ignore';
  }

  /**
   * As {@link judge}; of the round's witnesses, and of each only what says more than its last list did. Where it is not known
   * here yet who they are, any member that is not out may be one.
   */
  judgeList(list: WitnessList): Verdict {
    const verdict = this.judge(list);
    if (verdict !== 'accept') return verdict;
    const book = this.book(list);
    const state = this.context.view.members[list.memberIndex]?.state;
    // Who is dropped after the election is a witness all the same: everybody must count the same lists.
    if (!book.hasWitnesses && (state === undefined || state === 'Dropped' || state === 'Convicted')) return 'ignore';
    return book.isListOfUse(list) ? 'accept' : 'ignore';
  }

  /** What a peer is told that missed something of a round. */
  messages(epoch: number, round: number): Uint8Array[] {
    return this.context.books.peek(epoch, round) === undefined ? [] : this.book({ epoch, round }).messages();
  }

  /** Files a judged announcement and fetches its payload. */
  onAnnouncement(announcement: Announcement): void {
    const { context } = this;
    const { epoch, round, index } = announcement;
    if (epoch !== context.view.epoch) return;
    const book = this.book(announcement);
    if (!book.addAnnouncement(announcement)) return;
    const conflict = book.conflictOf(index);
    if (conflict !== undefined) accuse(context, ...conflict);
    this.fetchMissing(epoch, round);
  }

  onList(list: WitnessList): void {
    const { context } = this;
    if (list.epoch !== context.view.epoch) return;
    this.book(list).addList(list);
    context.wake();
  }

  /**
   * Starts fetching what a round's book misses, as far as there is room, and before what comes after the running round what
   * that one misses; call again while something is missing.
   */
  fetchMissing(epoch: number, round: number): void {
    const { view, books } = this.context;
    const rounds = epoch === view.epoch && round > view.round ? [view.round, round] : [round];
    const missing = rounds.flatMap((r) => books.peek(epoch, r)?.missingPayloads() ?? []);
    const wanted = missing.map((announcement) => ({ announcement, id: toHex(announcement.commitmentHash), index: announcement.index, size: announcement.body.payloadSize }));
    for (const { announcement, id } of this.slots.take(wanted)) {
      void this.fetch(announcement).then((ok) => {
        this.slots.done(id, ok);
        this.context.wake();
      });
    }
  }

  /**
   * Asks peers for a round's announcements and lists, for one that missed some: some at a time, beginning with others
   * each time, until enough is known.
   * @returns false if it was too early to ask again.
   */
  async askPeers(epoch: number, round: number, enough: () => boolean): Promise<boolean> {
    const { view, identity } = this.context;
    if (performance.now() - this.askedAt < ASK_PAUSE_MS) return false;
    this.askedAt = performance.now();
    const others = view.members.filter((m) => m.key !== identity.address);
    const first = others.length === 0 ? 0 : (this.asked++ * ASKED_AT_ONCE) % others.length;
    const order = [...others.slice(first), ...others.slice(0, first)];
    for (let i = 0; i < order.length && !enough() && !this.signal.aborted; i += ASKED_AT_ONCE) {
      // A peer that does not answer is no reason not to hear the others.
      await Promise.allSettled(order.slice(i, i + ASKED_AT_ONCE).map((m) => this.ask(epoch, round, decodeKey(m.key))));
    }
    return true;
  }

  private async ask(epoch: number, round: number, nodeKey: Uint8Array): Promise<void> {
    const { announcements, lists } = await within(ASK_TIMEOUT_MS, this.signal, 'a peer\'s answer', (limit) =>
      this.context.p2p.fetchAnnouncements(epoch, round, nodeKey, limit),
    );
    // Lists first: they say which of an equivocator's announcements matter.
    for (const l of lists) if (l.round === round && this.judgeList(l) === 'accept') this.onList(l);
    for (const a of announcements) if (a.round === round && this.judge(a) === 'accept') this.onAnnouncement(a);
  }

  /** A round's book, which is told who the witnesses are as soon as the chain says so. */
  private book({ epoch, round }: { epoch: number; round: number }): RoundBook {
    const { books, view } = this.context;
    const book = books.of(epoch, round);
    const witnesses = findRound(view, epoch, round)?.witnesses ?? [];
    if (witnesses.length > 0) book.elect(witnesses);
    return book;
  }

  /** Never throws. @returns false if nobody gave the payload. */
  private async fetch(announcement: Announcement): Promise<boolean> {
    const { context } = this;
    const { engine, p2p } = context;
    const { epoch, round, index, commitmentHash, body } = announcement;
    const book = context.books.of(epoch, round);
    if (body.payloadSize > engine.maxPayloadBytes) {
      book.markUnusable(commitmentHash);
      return true;
    }
    const before = this.slots.failed(toHex(commitmentHash));
    try {
      const payload = await within(FETCH_TIMEOUT_MS + body.payloadSize / FETCH_BYTES_PER_MS, this.signal, 'fetching the payload', (limit) =>
        p2p.fetch(body.payloadHash, body.payloadSize, this.holders(announcement, before > 0), limit),
      );
      try {
        engine.checkPayload(payload, { runHash: context.runKey, epoch, round, index });
      } catch (error) {
        book.markUnusable(commitmentHash);
        context.emit({ event: 'warning', code: 'PAYLOAD_UNUSABLE', message: `member ${index} sent a payload that does not decode; it is not listed (${(error as Error).message})` });
        return true;
      }
      if (book.addPayload(commitmentHash, payload)) p2p.provide(body.payloadHash, payload);
      return true;
    } catch (error) {
      if (!this.signal.aborted && before + 1 === 3) {
        context.emit({ event: 'warning', code: 'PAYLOAD_MISSING', message: `nobody gave the payload of member ${index} in round ${round} so far (${(error as Error).message}); still asking` });
      }
      return false;
    }
  }

  /**
   * Node keys to ask for a payload: the trainer, then witnesses whose lists say that they have it, then some others of the
   * epoch, or all of them. Each member begins with another one, so that not all ask the same.
   */
  private holders({ epoch, round, index, commitmentHash }: Announcement, all: boolean): Uint8Array[] {
    const { view, identity, books } = this.context;
    const lists = books.peek(epoch, round)?.allLists() ?? [];
    const listed = new Set(lists.filter((l) => l.entries.some((e) => e.index === index && bytesEqual(e.commitmentHash, commitmentHash))).map((l) => l.memberIndex));
    const me = view.members.findIndex((m) => m.key === identity.address);
    const others = view.members.filter((m) => m.index !== index && m.index !== me && m.state === 'Healthy');
    const first = (me + 1 + index) % Math.max(1, others.length);
    const turned = [...others.slice(first), ...others.slice(0, first)];
    const [witnesses, rest] = [turned.filter((m) => listed.has(m.index)), turned.filter((m) => !listed.has(m.index))];
    return [view.members[index], ...witnesses, ...rest.slice(0, all ? undefined : OTHERS_AT_FIRST)].filter((m) => m !== undefined).map((m) => decodeKey(m.key));
  }
}
