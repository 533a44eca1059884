import { bytesEqual, toHex } from '../protocol/bytes.js';
import { within } from '../p2p/deadline.js';
import type { Verdict } from '../p2p/index.js';
import type { Announcement } from '../protocol/commitment.js';
import { inEpoch } from '../protocol/run-view.js';
import type { WitnessList } from '../protocol/witness-list.js';
import { accuse } from './convicting.js';
import { decodeKey } from './keys.js';
import type { Context } from './context.js';

/** Payloads fetched at once. */
const FETCHES = 8;
const FETCHES_PER_TRAINER = 2;
/** How long one payload may take before another holder is asked, milliseconds. */
const FETCH_TIMEOUT_MS = 20_000;
/** Peers asked at once for what was missed, how long one may take, and the pause before all are asked again. */
const ASKED_AT_ONCE = 4;
const ASK_TIMEOUT_MS = 5_000;
const ASK_PAUSE_MS = 1_000;

/**
 * Gathers what the round's trainers announce: checks who signed it, pulls the payload by its hash from the trainer or
 * any other holder, and checks that it decodes (protocol 3.2, 3.3).
 */
export class Collector {
  /** Commitments whose payloads are being fetched, with their trainers. */
  private readonly fetching = new Map<string, number>();
  private readonly failures = new Map<string, { count: number; again: number }>();
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
    return this.context.books.peek(announcement.epoch, announcement.round)?.isOfUse(announcement) === false ? 'ignore' : 'accept';
  }

  /** Files a judged announcement and fetches its payload. */
  onAnnouncement(announcement: Announcement): void {
    const { context } = this;
    const { epoch, round, index } = announcement;
    if (epoch !== context.view.epoch) return;
    const book = context.books.of(epoch, round);
    if (!book.addAnnouncement(announcement)) return;
    const conflict = book.conflictOf(index);
    if (conflict !== undefined) accuse(context, ...conflict);
    this.fetchMissing(epoch, round);
  }

  onList(list: WitnessList): void {
    const { context } = this;
    if (list.epoch !== context.view.epoch) return;
    context.books.of(list.epoch, list.round).addList(list);
    context.wake();
  }

  /** Starts fetching what a round's book misses, as far as there is room; call again while something is missing. */
  fetchMissing(epoch: number, round: number): void {
    for (const announcement of this.context.books.peek(epoch, round)?.missingPayloads() ?? []) {
      const { commitmentHash, index } = announcement;
      const key = toHex(commitmentHash);
      if (this.fetching.size >= FETCHES) return;
      // One slow trainer must not take all the room.
      const sameTrainer = [...this.fetching.values()].filter((i) => i === index).length;
      const waits = performance.now() < (this.failures.get(key)?.again ?? 0);
      if (this.fetching.has(key) || sameTrainer >= FETCHES_PER_TRAINER || waits) continue;
      this.fetching.set(key, index);
      void this.fetch(announcement).finally(() => {
        this.fetching.delete(key);
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
    for (const l of lists) if (l.round === round && this.judge(l) === 'accept') this.onList(l);
    for (const a of announcements) if (a.round === round && this.judge(a) === 'accept') this.onAnnouncement(a);
  }

  private async fetch(announcement: Announcement): Promise<void> {
    const { context } = this;
    const { engine, p2p } = context;
    const { epoch, round, index, commitmentHash, body } = announcement;
    const book = context.books.of(epoch, round);
    if (body.payloadSize > engine.maxPayloadBytes) return book.markUnusable(commitmentHash);
    const sources = this.holders(index);
    try {
      const payload = await within(FETCH_TIMEOUT_MS, this.signal, 'fetching the payload', (limit) => p2p.fetch(body.payloadHash, body.payloadSize, sources, limit));
      try {
        engine.checkPayload(payload, { runHash: context.runKey, epoch, round, index });
      } catch (error) {
        book.markUnusable(commitmentHash);
        context.emit({ event: 'warning', code: 'PAYLOAD_UNUSABLE', message: `member ${index} sent a payload that does not decode; it is not listed (${(error as Error).message})` });
        return;
      }
      book.addPayload(commitmentHash, payload);
      p2p.provide(body.payloadHash, payload);
    } catch (error) {
      if (this.signal.aborted) return;
      const key = toHex(commitmentHash);
      const count = (this.failures.get(key)?.count ?? 0) + 1;
      this.failures.set(key, { count, again: performance.now() + Math.min(8_000, 250 * 2 ** count) });
      if (count === 3) context.emit({ event: 'warning', code: 'PAYLOAD_MISSING', message: `nobody gave the payload of member ${index} in round ${round} so far (${(error as Error).message}); still asking` });
    }
  }

  /** Node keys to ask for a payload of `index`: the trainer first, then everybody else in the epoch. */
  private holders(index: number): Uint8Array[] {
    const { view, identity } = this.context;
    const others = view.members.filter((m) => m.index !== index && m.key !== identity.address && m.state === 'Healthy');
    return [view.members[index], ...others].filter((m) => m !== undefined).map((m) => decodeKey(m.key));
  }
}
