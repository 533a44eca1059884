import { toHex } from '../protocol/bytes.js';
import type { AppliedRound, EpochBase } from '../store/epoch-journal.js';
import type { StateDir } from '../store/state-dir.js';
import type { EventSink } from './events.js';

/** The least time between two snapshots, milliseconds, and the part of the time that writing them may take. */
const SNAPSHOT_PAUSE_MS = 600_000;
const SHARE = 50;
/** Rounds that may wait for the disk before applying waits for them. */
const MOST_WAITING = 4;

/**
 * What the epoch's parameters are made of: a base that everyone agreed on, and the lists applied since, with their
 * payloads. It is kept in memory as far as payloads go, and written beside everything else: from the disk alone a replay
 * settles a dispute when memory has let go of payloads, and a restarted process is where it was (protocol 3.5).
 *
 * Where a quorum votes for the very parameters that this member has, they become the base once in a while, so that neither
 * disk nor replays grow with the epoch.
 */
export class History {
  private current: EpochBase | undefined;
  private applied: AppliedRound[] = [];
  /** The base's parameters, where they are in memory. */
  private start: Uint8Array | undefined;
  private writing: Promise<void> = Promise.resolve();
  private waiting = 0;
  /** Whether everything since the base is on disk or on its way there. */
  private persisting = false;
  private written = -1;
  private payloadBytes = 0;
  private baseAt: number;
  private tookMs = 0;
  private told = false;

  constructor(
    private readonly store: Pick<StateDir, 'journal' | 'payloads' | 'saveSnapshot' | 'readSnapshot' | 'readParameters' | 'pruneSnapshots'>,
    private readonly emit: EventSink,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.baseAt = now();
  }

  get base(): EpochBase | undefined {
    return this.current;
  }

  /** The rounds since the base, without a gap; but see {@link cut}. */
  get rounds(): readonly AppliedRound[] {
    return this.applied;
  }

  /** Rounds through this one need no memory: what they applied is on disk. */
  get writtenThrough(): number {
    return this.written;
  }

  /** An epoch begins at `parameters`, which must not change. */
  begin(base: EpochBase, parameters: Uint8Array): void {
    this.reset(base, []);
    this.start = parameters;
    this.write(async () => {
      await this.store.journal.begin(base);
      this.store.pruneSnapshots();
      await this.store.payloads.keep(new Set());
    });
  }

  /**
   * Takes up the epoch that a process before this one was in.
   * @returns false where nothing is on disk of this epoch
   */
  async load(epoch: number, startSlot: bigint): Promise<boolean> {
    await this.settled();
    const found = await this.store.journal.load();
    if (found === undefined || found.base.epoch !== epoch || found.base.startSlot !== startSlot) return false;
    this.reset(found.base, found.rounds);
    this.written = found.base.round + found.rounds.length;
    return true;
  }

  /** Notes what a round has applied; its payloads in the order of its entries. */
  async note(round: AppliedRound, payloads: readonly Uint8Array[]): Promise<void> {
    this.applied.push(round);
    for (const payload of payloads) this.payloadBytes += payload.length;
    this.write(async () => {
      for (const [i, { payloadHash }] of round.entries.entries()) {
        if (!(await this.store.payloads.put(payloadHash, payloads[i]))) return this.giveUp('there is no room for its payloads on the disk, or --max-payloads is too small for them');
      }
      if (!(await this.store.journal.append(round))) return this.giveUp('it is too long');
      this.written = round.round;
    });
    if (this.waiting > MOST_WAITING) await this.settled();
  }

  /**
   * A quorum has what this member has after a round: if it is time for a new base, it is this.
   * @param parameters gives them as they are now; called now or never
   */
  agreed(round: number, root: Uint8Array, parameters: () => Uint8Array): void {
    if (this.current === undefined || round <= this.current.round || !this.isDue()) return;
    this.baseAt = this.now();
    const base: EpochBase = { ...this.current, round, root };
    const bytes = parameters();
    this.payloadBytes = 0;
    // Even where the last payloads had no room: it makes some.
    this.write(async () => {
      const begun = this.now();
      if (!(await this.store.payloads.diskHasRoom(bytes.length))) return this.giveUp('there is no room for a snapshot on the disk');
      await this.store.saveSnapshot(toHex(root), bytes);
      // Those after the base that were noted meanwhile are written after this.
      await this.store.journal.begin(base);
      this.current = base;
      this.start = undefined;
      this.written = round;
      this.applied = this.applied.filter((r) => r.round > round);
      this.store.pruneSnapshots(toHex(root));
      await this.store.payloads.keep(new Set());
      this.tookMs = this.now() - begun;
      this.persisting = true;
    }, true);
  }

  /** The base's parameters; undefined where they are not here (any more). */
  async parameters(): Promise<Uint8Array | undefined> {
    const { current, start, store } = this;
    if (current === undefined || start !== undefined) return start;
    try {
      const name = toHex(current.root);
      return current.round >= 0 ? await store.readSnapshot(name) : await store.readParameters(name);
    } catch (error) {
      this.emit({ event: 'warning', code: 'STATE_FILE_DAMAGED', message: (error as Error).message });
      return undefined;
    }
  }

  /**
   * Memory has let go of payloads. If nothing goes to the disk, what they did cannot be done again, and the lists of the
   * rounds before `round` would only fill memory; there is no replay then before there is a new base.
   */
  cut(round: number): void {
    if (!this.persisting) this.applied = this.applied.filter((each) => each.round >= round);
  }

  /** Settles when all that was noted is on disk, or has been given up. */
  settled(): Promise<void> {
    return this.writing;
  }

  private reset(base: EpochBase, rounds: AppliedRound[]): void {
    this.current = base;
    this.applied = rounds;
    this.start = undefined;
    this.persisting = this.store.payloads.maxBytes > 0;
    this.written = base.round;
    this.payloadBytes = 0;
    this.baseAt = this.now();
    this.told = false;
  }

  private isDue(): boolean {
    const { maxBytes } = this.store.payloads;
    const since = this.now() - this.baseAt;
    if (maxBytes === 0 || since < SHARE * this.tookMs) return false;
    return since >= SNAPSHOT_PAUSE_MS || this.payloadBytes > maxBytes / 2;
  }

  /** One after the other; what fails ends it until there is a new base, and nothing else. */
  private write(work: () => Promise<void>, newBase = false): void {
    this.waiting++;
    this.writing = this.writing
      .then(async () => {
        if (this.persisting || newBase) await work();
      })
      .catch((error: unknown) => this.giveUp((error as Error).message))
      .finally(() => this.waiting--);
  }

  private giveUp(why: string): void {
    this.persisting = false;
    if (this.told) return;
    this.told = true;
    this.emit({ event: 'warning', code: 'EPOCH_NOT_KEPT', message: `the epoch is not kept on disk: ${why}; a restart in it joins the next one` });
  }
}
