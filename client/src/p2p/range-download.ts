import { rangeCount, rangeLength } from './model-ranges.js';
import { RANGE_BYTES } from './serving-limits.js';

/** Fetches `target.length` bytes from `offset` on, from one peer. */
export type FetchRange = (offset: number, target: Uint8Array, signal: AbortSignal) => Promise<void>;

/** Where ranges go. */
export interface RangeTarget {
  /** @throws P2pError WRONG_HASH, where that can be told of a range alone. */
  check?(range: number, bytes: Uint8Array): void;
  /** Keeps a copy of a range, once each: the buffer is used again. */
  write(range: number, bytes: Uint8Array, source: string): void | Promise<void>;
}

export interface DownloadEvents {
  /** How many bytes are there and checked. */
  progress?(bytes: number, total: number): void;
  /** Once: all is there, or what came could not be kept. */
  ended(failure?: unknown): void;
}

/** How long a range may be in the last source's hands before another that has nothing else to do fetches it too. */
const FIRST_PATIENCE_MS = 1_500;
const LEAST_PATIENCE_MS = 500;
const PATIENCE_FACTOR = 3;
/** A new range's weight in the mean time of one. */
const WEIGHT = 0.1;

interface Attempt {
  source: string;
  since: number;
  race: AbortController;
}

/**
 * Content on its way from many sources at once. Each takes the next missing range when it has delivered the one before,
 * so that what a source gives is in proportion to how fast it is. At the end, a range that is long in one source's hands
 * is asked of a second one, then of a third, and who is first wins: silent peers delay a download by moments, not by their
 * time limits.
 */
export class RangeDownload {
  private bytes = 0;
  /** Last one first: taken from the end. */
  private readonly missing: number[] = [];
  private readonly kept = new Set<number>();
  private readonly underWay = new Map<number, Attempt[]>();
  private readonly waiting = new Set<() => void>();
  private meanMs: number | undefined;
  /** Of requests that are done: a new megabyte each time costs as much as decrypting it. */
  private readonly spares: Uint8Array[] = [];

  /** @param present ranges that {@link target} has already. */
  constructor(
    private readonly size: number,
    private readonly target: RangeTarget,
    present: ReadonlySet<number>,
    private readonly events: DownloadEvents,
    private readonly now: () => number = () => performance.now(),
  ) {
    for (let range = rangeCount(size) - 1; range >= 0; range--) {
      if (!present.has(range)) {
        this.missing.push(range);
        continue;
      }
      this.kept.add(range);
      this.bytes += rangeLength(range, size);
    }
    if (this.bytes > 0) events.progress?.(this.bytes, size);
    if (this.complete) events.ended();
  }

  get done(): number {
    return this.bytes;
  }

  get complete(): boolean {
    return this.bytes === this.size;
  }

  /**
   * Takes ranges for one source until there is none for it to take, or another was faster with the one it had.
   *
   * @param delivered called after each.
   * @returns false if the request under way was given up, and with it the stream it was made on.
   * @throws what `fetch` and the target's check throw; the range is then another's to take.
   */
  async drain(source: string, fetch: FetchRange, signal: AbortSignal, delivered: () => void): Promise<boolean> {
    for (let range = this.take(source); range !== undefined; range = this.take(source)) {
      if (!(await this.attempt(source, range, fetch, signal))) return false;
      delivered();
    }
    return true;
  }

  /** Settles when there is something to take for a source, or all is there: none opens a stream to find nothing. */
  async changed(source: string, signal: AbortSignal): Promise<void> {
    while (!this.complete && this.missing.length === 0 && this.overdue(source) === undefined) await this.woken(source, signal);
  }

  /** Settles when something has ended, or was long under way. */
  private woken(source: string, signal: AbortSignal): Promise<void> {
    const soonest = Math.min(...[...this.foreign(source)].map(([, since]) => since + this.patienceMs() - this.now()));
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const settle = (how: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.waiting.delete(wake);
        how();
      };
      const wake = () => settle(resolve);
      const onAbort = () => settle(() => reject(signal.reason));
      const timer = Number.isFinite(soonest) ? setTimeout(wake, Math.ceil(soonest)) : undefined;
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.add(wake);
    });
  }

  private take(source: string): number | undefined {
    return this.missing.pop() ?? this.overdue(source);
  }

  /** The range that has been longest in the last one's hands, if that is too long and a source has not tried it. */
  private overdue(source: string): number | undefined {
    const before = this.now() - this.patienceMs();
    let oldest: { range: number; since: number } | undefined;
    for (const [range, since] of this.foreign(source)) {
      if (since <= before && since < (oldest?.since ?? Infinity)) oldest = { range, since };
    }
    return oldest?.range;
  }

  /** The ranges that only others are fetching, and since when the last of them. */
  private *foreign(source: string): Generator<[range: number, since: number]> {
    for (const [range, attempts] of this.underWay) {
      if (!this.kept.has(range) && attempts.every((attempt) => attempt.source !== source)) yield [range, attempts.at(-1)!.since];
    }
  }

  /** @returns whether the stream that `fetch` uses can be used for the next range. */
  private async attempt(source: string, range: number, fetch: FetchRange, signal: AbortSignal): Promise<boolean> {
    const attempt: Attempt = { source, since: this.now(), race: new AbortController() };
    const attempts = this.underWay.get(range) ?? [];
    this.underWay.set(range, attempts);
    attempts.push(attempt);
    const onAbort = () => attempt.race.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      // a buffer of its own: a liar's bytes must not lie where another source's are written
      const bytes = this.buffer(rangeLength(range, this.size));
      await fetch(range * RANGE_BYTES, bytes, attempt.race.signal);
      this.target.check?.(range, bytes);
      this.learn(this.now() - attempt.since);
      await this.keep(range, bytes, attempt);
      // nobody writes into it any more, which cannot be said of one whose request was given up
      this.spares.push(bytes);
      return true;
    } catch (error) {
      if (this.kept.has(range) && attempt.race.signal.aborted && !signal.aborted) return false;
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      attempts.splice(attempts.indexOf(attempt), 1);
      if (attempts.length === 0) {
        this.underWay.delete(range);
        if (!this.kept.has(range)) this.missing.push(range);
      }
      for (const wake of this.waiting) wake();
    }
  }

  private buffer(length: number): Uint8Array {
    const spare = this.spares.pop();
    return spare?.length === length ? spare : new Uint8Array(length);
  }

  private async keep(range: number, bytes: Uint8Array, winner: Attempt): Promise<void> {
    if (this.kept.has(range)) return;
    this.kept.add(range);
    for (const attempt of this.underWay.get(range) ?? []) {
      if (attempt !== winner) attempt.race.abort(new Error('another source was faster'));
    }
    try {
      await this.target.write(range, bytes, winner.source);
    } catch (error) {
      this.events.ended(error);
      throw error;
    }
    this.bytes += bytes.length;
    this.events.progress?.(this.bytes, this.size);
    if (this.complete) this.events.ended();
  }

  private learn(milliseconds: number): void {
    this.meanMs = this.meanMs === undefined ? milliseconds : this.meanMs + WEIGHT * (milliseconds - this.meanMs);
  }

  private patienceMs(): number {
    return this.meanMs === undefined ? FIRST_PATIENCE_MS : Math.max(LEAST_PATIENCE_MS, PATIENCE_FACTOR * this.meanMs);
  }
}
