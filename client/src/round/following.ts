import { bytesEqual } from '../protocol/bytes.js';
import type { Announcement } from '../protocol/commitment.js';
import type { AcceptedEntry } from '../protocol/merkle.js';
import { isClosed, type RunRound } from '../protocol/run-view.js';
import type { AppliedEntry, AppliedRound } from '../store/epoch-journal.js';
import type { Collector } from './collecting.js';
import { type Context, roundRecord } from './context.js';
import { History } from './history.js';
import { type Claim, replay, ReplayFailure } from './replaying.js';

/**
 * Bytes of payloads that are kept in memory for peers that are behind and for replays; where they are on disk too, fewer.
 * What the chain still has records of is kept in any case: without the oldest, a dispute cannot be settled and the
 * participant sits the epoch out.
 */
const PAYLOAD_BYTES = 2 ** 30;
const PAYLOAD_BYTES_ON_DISK = 2 ** 28;

/** Rounds whose announcements and lists are kept for peers, where a replay does not need them. */
const ROUNDS_IN_MEMORY = 64;

/** How often peers are asked for a decided list before the participant gives up on the epoch. */
const ATTEMPTS = 20;

/**
 * Follows the decided lists: applies them in order, each one round late, and keeps the hashes of the parameters in
 * between (protocol 3.5). Parameters are a pure function of the epoch's start and the decided lists, so a participant
 * that finds itself different, or that was restarted, replays them, and never loads anybody's parameters on one round's word.
 */
export class Follower {
  /** θ hashes by round, for the rounds that a vote reports. */
  private hashes = new Map<number, Uint8Array>();
  /** What was decided in the rounds of {@link recording}: the chain keeps only the last four. */
  private readonly records = new Map<number, RunRound>();
  private recording: number | undefined;
  private readonly attempts = new Map<number, number>();
  private start: Uint8Array | undefined;
  private readonly history: History;

  constructor(
    private readonly context: Context,
    private readonly collector: Collector,
  ) {
    this.history = new History(context.store, context.emit);
  }

  /** The parameters that the last epoch started from, if they are these. */
  startParameters(root: Uint8Array): Uint8Array | undefined {
    return this.start !== undefined && bytesEqual(this.context.model.startRoot, root) ? this.start : undefined;
  }

  /** Begins an epoch at `parameters`, which are already loaded. */
  begin(epoch: number, startRoot: Uint8Array, parameters: Uint8Array): void {
    this.record(epoch);
    this.hashes = new Map([[-1, startRoot]]);
    this.start = parameters;
    this.history.begin({ epoch, startSlot: this.context.view.epochStartSlot, round: -1, root: startRoot }, parameters);
    Object.assign(this.context.model, { epoch, appliedThrough: -1, trainedThrough: -1, startRoot, inSync: true });
  }

  /**
   * Takes up the running epoch where a process before this one left it: the parameters are made again from what it put on
   * disk. What was decided meanwhile is applied afterwards, as long as the chain has records of it.
   * @returns whether this participant is in the epoch again
   */
  async resume(signal: AbortSignal): Promise<boolean> {
    const { context, history } = this;
    const { epoch, epochStartSlot } = context.view;
    // What is decided while the replay takes its time must not be missed.
    this.record(epoch);
    this.start = undefined;
    this.observe();
    try {
      if (!(await history.load(epoch, epochStartSlot))) return this.notResumed('nothing of this epoch is on disk');
      const next = history.base!.round + history.rounds.length + 1;
      if (context.view.round - next >= context.view.rounds.length) return this.notResumed(`what was decided in round ${next} is not on the chain any more`);
      // What this member came to itself, of the last rounds, so that a disk or a program that differs is noticed.
      const own = history.rounds.flatMap(({ round, hash }) => (hash === undefined ? [] : [{ round, hash }])).slice(-1);
      this.hashes = await replay(context, history, own, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (context.view.epoch !== epoch) return false;
      return this.notResumed((error as Error).message);
    }
    if (context.view.epoch !== epoch) return false;
    const { base, rounds } = history;
    Object.assign(context.model, { epoch, appliedThrough: base!.round + rounds.length, trainedThrough: -1, startRoot: base!.root, inSync: true });
    context.emit({ event: 'info', message: `back in epoch ${epoch}: the parameters after round ${context.model.appliedThrough} are made again from what was kept` });
    return true;
  }

  /** Notes what the chain decided; call at every change of the run. */
  observe(): void {
    const { view } = this.context;
    if (this.recording !== view.epoch) return;
    for (const record of view.rounds) {
      if (record.epoch === view.epoch && isClosed(record)) this.records.set(record.round, record);
    }
  }

  /** θ hash after round `round`, if it was due for a vote. */
  hashAfter(round: number): Uint8Array | undefined {
    return this.hashes.get(round);
  }

  /** Settles when what the disk is to know of the epoch is there; for the end. */
  settled(): Promise<void> {
    return this.history.settled();
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
    const list = record.status === 'Decided' ? await this.payloads(record, signal) : { entries: [], payloads: [] };
    if (list === undefined) return false;
    this.agree(record);
    const applied: AppliedRound = { round, step: record.step, entries: list.entries };
    if (record.status === 'Decided') {
      const begun = performance.now();
      engine.apply(list.payloads, record.step, list.entries.map((e) => e.capacity));
      const seconds = (performance.now() - begun) / 1000;
      context.emit({ event: 'applied', epoch: record.epoch, round, step: record.step, accepted: list.payloads.length, seconds });
    }
    model.appliedThrough = round;
    // Round r+1's vote reports θ_r.
    if ((round + 1) % context.manifest.hashInterval === 0) {
      applied.hash = await engine.parameterHash();
      this.hashes.set(round, applied.hash);
    }
    await this.history.note(applied, list.payloads);
    this.letGo(round);
    await this.checkDispute(signal);
    context.wake();
    return true;
  }

  /** What of the rounds long past nobody needs, or the disk has. */
  private letGo(round: number): void {
    const { books, p2p, model, view } = this.context;
    const epoch = model.epoch!;
    const old = round - view.rounds.length;
    const written = Math.min(old, this.history.writtenThrough);
    const onDisk = books.release(epoch, written, PAYLOAD_BYTES_ON_DISK);
    const lost = books.release(epoch, old, PAYLOAD_BYTES);
    if (lost.length > 0) this.history.cut(round - ROUNDS_IN_MEMORY);
    const gone = books.forget(epoch, round - ROUNDS_IN_MEMORY, written);
    for (const hash of [...onDisk, ...lost, ...gone]) p2p.forget(hash);
    for (const map of [this.records, this.hashes, this.attempts]) {
      for (const key of map.keys()) if (key < round - ROUNDS_IN_MEMORY) map.delete(key);
    }
  }

  /** θ of the round before is still in the engine: if the quorum's vote is for just that, a replay may begin there. */
  private agree({ round, parameterHash }: RunRound): void {
    const ours = this.hashes.get(round - 1);
    if (ours === undefined || parameterHash === undefined || !bytesEqual(ours, parameterHash)) return;
    this.history.agreed(round - 1, ours, () => this.context.engine.serialize());
  }

  /** The decided list's payloads, if all of them are here. */
  private held(record: RunRound): { entries: AppliedEntry[]; payloads: Uint8Array[] } | undefined {
    const book = this.context.books.of(record.epoch, record.round);
    const entries = book.resolve(record.bitmap, record.root, record.witnesses);
    const payloads = entries && book.payloadsOf(entries);
    if (entries === undefined || payloads === undefined) return undefined;
    const applied = entries.map((entry) => this.appliedEntry(entry, book.announcementOf(entry)));
    return applied.every((e) => e !== undefined) ? { entries: applied as AppliedEntry[], payloads } : undefined;
  }

  /** Capacities stand for the whole epoch. */
  private appliedEntry({ index, commitmentHash }: AcceptedEntry, announcement: Announcement | undefined): AppliedEntry | undefined {
    if (announcement === undefined) return undefined;
    const { payloadHash, payloadSize } = announcement.body;
    return { index, capacity: this.context.view.members[index]!.capacity, commitmentHash, payloadHash, payloadSize };
  }

  /** The same, asking for what is missing; `undefined` while some are still on their way. */
  private async payloads(record: RunRound, signal: AbortSignal): Promise<{ entries: AppliedEntry[]; payloads: Uint8Array[] } | undefined> {
    const { context, collector } = this;
    const list = this.held(record);
    if (list !== undefined) return list;
    const book = context.books.of(record.epoch, record.round);
    book.elect(record.witnesses);
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
    const claims = this.claims();
    const disputed = claims.find(({ round, hash }) => !bytesEqual(this.hashes.get(round)!, hash));
    if (disputed === undefined) return;
    context.emit({ event: 'warning', code: 'PARAMETERS_DIFFER', message: `a quorum has other parameters than this client after round ${disputed.round}; replaying the epoch to find out who is right` });
    try {
      this.hashes = await replay(context, this.history, claims, signal);
    } catch (error) {
      signal.throwIfAborted();
      // Whatever stopped it, what the engine holds now is nobody's parameters.
      this.fallOut((error as Error).message);
      if (!(error instanceof ReplayFailure)) throw error;
    }
  }

  /** What quorums say of parameters that this participant has come by. */
  private claims(): Claim[] {
    return [...this.records.values()].flatMap(({ round, parameterHash }) =>
      parameterHash !== undefined && this.hashes.has(round - 1) ? [{ round: round - 1, hash: parameterHash }] : [],
    );
  }

  private record(epoch: number): void {
    this.recording = epoch;
    this.records.clear();
    this.attempts.clear();
    this.hashes = new Map();
  }

  private notResumed(why: string): false {
    const { context } = this;
    context.emit({ event: 'warning', code: 'NOT_RESUMED', message: `epoch ${context.view.epoch} cannot be taken up again: ${why}; this client joins the next one` });
    return false;
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
