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
    const stored = store.loadCommitment(epoch, round);
    if (stored !== undefined) {
      // Restarted in mid-round: the same bytes again, or nothing, never a second commitment.
      model.trainedThrough = round;
      const announcement = parseAnnouncement(stored.announcement);
      if (announcement.index === me.index) await this.announce(announcement, stored.payload);
      return;
    }
    // Whatever comes of it, this round is not tried twice.
    model.trainedThrough = round;
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

  /** Files this participant's own work and tells the others. */
  private async announce(announcement: Announcement, payload: Uint8Array): Promise<void> {
    const { books, p2p, wake } = this.context;
    const book = books.of(announcement.epoch, announcement.round);
    book.addAnnouncement(announcement);
    book.addPayload(announcement.commitmentHash, payload);
    p2p.provide(announcement.body.payloadHash, payload);
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
