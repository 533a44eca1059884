import { assignBatch } from '../protocol/assignment.js';
import { sha256 } from '../protocol/bytes.js';
import { signAnnouncement, parseAnnouncement, type Announcement } from '../protocol/commitment.js';
import { hasBit } from '../protocol/run-view.js';
import { type Context, myself, roundRecord } from './context.js';

/** Commitments kept of the rounds before this one: only the open round's is ever announced again. */
const ROUNDS_ON_DISK = 4;

/** Thirty-two zero bytes where a hash is not known. */
const NONE = new Uint8Array(32);

/**
 * A trainer's share of a round: the gradient over its sequences at θ of two rounds ago, the DisTrO payload, and the
 * signed commitment, which is on disk before anybody sees it (protocol 3.1, 3.2).
 */
export class RoundTrainer {
  private previous: Uint8Array = NONE;

  constructor(private readonly context: Context) {}

  /** Forgets the chain of commitments of the last epoch. */
  begin(): void {
    this.previous = NONE;
  }

  /** Whether this participant is to train in the current round and has not yet. */
  isDue(): boolean {
    const { view, model } = this.context;
    const me = myself(this.context);
    if (view.state !== 'RoundTrain' || !view.seedPinned || me?.state !== 'Healthy') return false;
    if (!model.inSync || model.epoch !== view.epoch || model.trainedThrough >= view.round) return false;
    const trainers = roundRecord(view, view.round)?.trainers;
    return model.appliedThrough === Math.max(-1, view.round - 2) && trainers !== undefined && hasBit(trainers, me.index);
  }

  async train(baseHash: Uint8Array | undefined, signal: AbortSignal): Promise<void> {
    const { context } = this;
    const { engine, model, store, emit, tally } = context;
    const { epoch, round, step } = context.view;
    const me = myself(context)!;
    // Whatever comes of it, this round is not tried twice.
    model.trainedThrough = round;
    if (await this.repeat(epoch, round, me.index)) return;
    const sequences = await this.share(me.index, signal);
    const { loss, tokens, seconds } = await engine.train(sequences, step, signal);
    tally.lastLoss = loss;
    tally.lastTokensPerSecond = tokens / seconds;
    emit({ event: 'trained', epoch, round, step, loss, tokens, seconds, tokensPerSecond: tokens / seconds });
    if (context.view.epoch !== epoch || context.view.round !== round) {
      tally.roundsMissed++;
      emit({ event: 'warning', code: 'ROUND_MISSED', message: `round ${round} closed before this client had its share of ${sequences.length} sequences ready; a smaller --capacity gets it a smaller share` });
      return;
    }
    if (this.isAnnounced(epoch, round, me.index)) return;
    const { payload, stateRootBefore, stateRootAfter } = await engine.makePayload({ runHash: context.runKey, epoch, round, index: me.index });
    const announcement = signAnnouncement(
      context.identity.secretKey,
      { program: context.program, run: context.runKey, epoch, round, index: me.index },
      {
        payloadHash: sha256(payload),
        payloadSize: payload.length,
        baseHash: baseHash ?? NONE,
        stateRootBefore,
        stateRootAfter,
        previousCommitment: this.previous,
        loss,
        tokens,
      },
    );
    store.saveCommitment(epoch, round, { announcement: announcement.bytes, payload });
    store.pruneCommitments(epoch, round - ROUNDS_ON_DISK);
    this.previous = announcement.commitmentHash;
    tally.roundsTrained++;
    await this.announce(announcement, payload);
    emit({ event: 'announced', epoch, round, step, bytes: payload.length });
  }

  /**
   * Takes up what a process before this one has committed itself to in the running epoch: others are served its payloads,
   * and the next commitment names the last. What the disk has damaged is none.
   */
  restore(epoch: number, round: number, index: number): void {
    const { books, p2p } = this.context;
    for (let r = Math.max(0, round - ROUNDS_ON_DISK); r <= round; r++) {
      const stored = this.load(epoch, r);
      if (stored === undefined || stored === 'damaged' || stored.announcement.index !== index) continue;
      const { announcement, payload } = stored;
      const book = books.of(epoch, r);
      book.addAnnouncement(announcement);
      if (book.addPayload(announcement.commitmentHash, payload)) p2p.provide(announcement.body.payloadHash, payload);
      this.previous = announcement.commitmentHash;
    }
  }

  /**
   * Announces the same bytes again if this member has committed itself for the round (protocol 3.2).
   * @returns whether it has, or may have: then it must not sign anything else
   */
  async repeat(epoch: number, round: number, index: number): Promise<boolean> {
    const stored = this.load(epoch, round);
    if (stored === undefined) return this.isAnnounced(epoch, round, index);
    if (stored !== 'damaged' && stored.announcement.index === index) await this.announce(stored.announcement, stored.payload);
    return true;
  }

  /** Whether a peer has passed on what this member is said to have announced: nobody else can sign it. */
  private isAnnounced(epoch: number, round: number, index: number): boolean {
    const { books, emit } = this.context;
    if ((books.peek(epoch, round)?.announcedBy(index).length ?? 0) === 0) return false;
    const message = `this node key has announced work for round ${round} that is not on this disk: another process has the key, or the state folder is a copy; sitting the round out`;
    emit({ event: 'warning', code: 'SECOND_SELF', message });
    return true;
  }

  private load(epoch: number, round: number): { announcement: Announcement; payload: Uint8Array } | 'damaged' | undefined {
    const { store, emit } = this.context;
    try {
      const stored = store.loadCommitment(epoch, round);
      return stored && { announcement: parseAnnouncement(stored.announcement), payload: stored.payload };
    } catch (error) {
      const message = `what was announced for round ${round} cannot be read, so that nothing is announced for it any more (${(error as Error).message})`;
      emit({ event: 'warning', code: 'COMMITMENT_DAMAGED', message });
      return 'damaged';
    }
  }

  /** Files this participant's own work and tells the others. */
  private async announce(announcement: Announcement, payload: Uint8Array): Promise<void> {
    const { books, p2p, wake } = this.context;
    const book = books.of(announcement.epoch, announcement.round);
    book.addAnnouncement(announcement);
    if (book.addPayload(announcement.commitmentHash, payload)) p2p.provide(announcement.body.payloadHash, payload);
    await p2p.publishAnnouncement(announcement.bytes);
    wake();
  }

  /** The sequences that the seed gives this trainer: contiguous in the batch, in seed order (protocol 2, Data). */
  private share(index: number, signal: AbortSignal): Promise<Int32Array[]> {
    const { view, data } = this.context;
    const record = roundRecord(view, view.round);
    const batch = record?.batchSize ?? view.batchSize;
    const shares = assignBatch(view.dataPosition, batch, view.trainers.map((i) => view.members[i]!.capacity));
    const { start, count } = shares[view.trainers.indexOf(index)]!;
    return data.sequences(Number(start), count, signal);
  }
}
