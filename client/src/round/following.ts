import { bitsOf } from '../protocol/bitmap.js';
import { bytesEqual } from '../protocol/bytes.js';
import { isClosed, type RunRound } from '../protocol/run-view.js';
import { turn } from '../training/batch-gradient.js';
import type { Collector } from './collecting.js';
import { type Context, roundRecord } from './context.js';

/**
 * Bytes of payloads that are kept for peers that are behind and for replays. What the chain still has records of is kept
 * in any case: without the oldest, a dispute cannot be settled and the participant sits the epoch out.
 */
const PAYLOAD_BYTES = 2 ** 30;

/** How often peers are asked for a decided list before the participant gives up on the epoch. */
const ATTEMPTS = 20;

/**
 * Follows the decided lists: applies them in order, each one round late, and keeps the hashes of the parameters in
 * between (protocol 3.5). Parameters are a pure function of the epoch's start and the decided lists, so a participant
 * that finds itself different replays them, and never loads anybody's parameters on one round's word.
 */
export class Follower {
  /** θ hashes by round, for the rounds that a vote reports. */
  private readonly hashes = new Map<number, Uint8Array>();
  /** What was decided in each round of the epoch: the chain keeps only the last four. */
  private readonly records = new Map<number, RunRound>();
  private readonly attempts = new Map<number, number>();
  private start: Uint8Array | undefined;

  constructor(
    private readonly context: Context,
    private readonly collector: Collector,
  ) {}

  /** The parameters that the last epoch started from, if they are these. */
  startParameters(root: Uint8Array): Uint8Array | undefined {
    return this.start !== undefined && bytesEqual(this.context.model.startRoot, root) ? this.start : undefined;
  }

  /** Begins an epoch at `parameters`, which are already loaded. */
  begin(epoch: number, startRoot: Uint8Array, parameters: Uint8Array): void {
    this.hashes.clear();
    this.records.clear();
    this.attempts.clear();
    this.start = parameters;
    this.hashes.set(-1, startRoot);
    Object.assign(this.context.model, { epoch, appliedThrough: -1, trainedThrough: -1, startRoot, inSync: true });
  }

  /** Notes what the chain decided; call at every change of the run. */
  observe(): void {
    const { view, model } = this.context;
    if (model.epoch !== view.epoch) return;
    for (const record of view.rounds) {
      if (record.epoch === view.epoch && isClosed(record)) this.records.set(record.round, record);
    }
  }

  /** θ hash after round `round`, if it was due for a vote. */
  hashAfter(round: number): Uint8Array | undefined {
    return this.hashes.get(round);
  }

  /** Applies the list of the next round, if it was decided. @returns whether the parameters moved on. */
  async applyNext(signal: AbortSignal): Promise<boolean> {
    const { context } = this;
    const { model, engine, view } = context;
    const round = model.appliedThrough + 1;
    const record = this.records.get(round);
    if (record === undefined) {
      if (view.round - round >= view.rounds.length) this.fallOut(`the list of round ${round} was missed while this client was away from the chain`);
      return false;
    }
    if (record.status === 'Decided') {
      const payloads = await this.payloads(record, signal);
      if (payloads === undefined) return false;
      const begun = performance.now();
      engine.apply(payloads, record.step, this.capacities(record));
      const seconds = (performance.now() - begun) / 1000;
      context.emit({ event: 'applied', epoch: record.epoch, round, step: record.step, accepted: payloads.length, seconds });
    }
    model.appliedThrough = round;
    for (const hash of context.books.release(model.epoch!, round - view.rounds.length, PAYLOAD_BYTES)) context.p2p.forget(hash);
    // Round r+1's vote reports θ_r.
    if ((round + 1) % context.manifest.hashInterval === 0) this.hashes.set(round, await engine.parameterHash());
    await this.checkDispute(signal);
    context.wake();
    return true;
  }

  /** Capacities of the accepted members, in the list's order. They stand for the whole epoch. */
  private capacities(record: RunRound): number[] {
    return bitsOf(record.bitmap).map((index) => this.context.view.members[index]!.capacity);
  }

  /** The decided list's payloads, if all of them are here. */
  private held(record: RunRound): Uint8Array[] | undefined {
    const book = this.context.books.of(record.epoch, record.round);
    const entries = book.resolve(record.bitmap, record.root, record.witnesses);
    return entries && book.payloadsOf(entries);
  }

  /** The same, asking for what is missing; `undefined` while some are still on their way. */
  private async payloads(record: RunRound, signal: AbortSignal): Promise<Uint8Array[] | undefined> {
    const { context, collector } = this;
    const payloads = this.held(record);
    if (payloads !== undefined) return payloads;
    const book = context.books.of(record.epoch, record.round);
    const enough = (): boolean => {
      const entries = book.resolve(record.bitmap, record.root, record.witnesses);
      return entries !== undefined && book.knows(entries);
    };
    if (enough()) {
      collector.fetchMissing(record.epoch, record.round);
      return undefined;
    }
    if (!(await collector.askPeers(record.epoch, record.round, enough))) return undefined;
    signal.throwIfAborted();
    const attempts = (this.attempts.get(record.round) ?? 0) + 1;
    this.attempts.set(record.round, attempts);
    if (attempts > ATTEMPTS) this.fallOut(`no peer knows the accepted list of round ${record.round}`);
    return undefined;
  }

  /** A quorum's parameter hash that differs from ours: replay, and go on only if that gives theirs. */
  private async checkDispute(signal: AbortSignal): Promise<void> {
    const { context } = this;
    for (const record of this.records.values()) {
      const ours = this.hashes.get(record.round - 1);
      if (ours === undefined || record.parameterHash === undefined || bytesEqual(ours, record.parameterHash)) continue;
      context.emit({ event: 'warning', code: 'PARAMETERS_DIFFER', message: `a quorum has other parameters than this client after round ${record.round - 1}; replaying the epoch to find out who is right` });
      if (!(await this.replay(record.round - 1, record.parameterHash, signal))) this.fallOut('replaying the accepted lists did not give what the quorum has');
      return;
    }
  }

  /** Applies all lists again from the epoch's start. @returns whether θ after `round` then hashes to `expected`. */
  private async replay(round: number, expected: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const { engine, model } = this.context;
    if (this.start === undefined) return false;
    const through = model.appliedThrough;
    engine.load(this.start);
    for (let r = 0; r <= through; r++) {
      // Of a large model each step takes seconds, in which the network would fall silent.
      await turn();
      signal.throwIfAborted();
      const record = this.records.get(r);
      if (record === undefined) return false;
      if (record.status === 'Decided') {
        const payloads = this.held(record);
        if (payloads === undefined) return false;
        engine.apply(payloads, record.step, this.capacities(record));
      }
      if (r === round) {
        const hash = await engine.parameterHash();
        if (!bytesEqual(hash, expected)) return false;
        this.hashes.set(r, hash);
      }
    }
    return true;
  }

  private fallOut(why: string): void {
    const { context } = this;
    if (!context.model.inSync) return;
    context.model.inSync = false;
    context.emit({ event: 'warning', code: 'OUT_OF_SYNC', message: `${why}; this client sits out epoch ${context.view.epoch} and joins the next one` });
  }

  /** Whether every round of the epoch before the chain's current one is in the parameters. */
  caughtUp(): boolean {
    const { view, model } = this.context;
    return model.epoch === view.epoch && model.inSync && model.appliedThrough >= this.lastRound();
  }

  /** The last round of the epoch that was closed. */
  lastRound(): number {
    const { view } = this.context;
    const current = roundRecord(view, view.round);
    return current !== undefined && isClosed(current) ? view.round : view.round - 1;
  }
}
