/** How long a duty rests after failing, doubled each time in a row, milliseconds. */
const FIRST_REST_MS = 250;
const LONGEST_REST_MS = 15_000;

/**
 * Keeps a participant's duties apart: each has a name, at most one piece of work under way, and each piece of work
 * (named by its key, e.g. epoch and round) is done once. What is due is asked again at every change of the run, so a
 * duty that failed is simply tried again, after a rest that grows with each failure in a row.
 */
export class Duties {
  private readonly running = new Map<string, { key: string; work: Promise<void> }>();
  private readonly done = new Map<string, string>();
  private readonly failures = new Map<string, { count: number; until: number }>();

  /** @param onError hears what a duty threw, except that it was aborted; must not throw. */
  constructor(
    private readonly signal: AbortSignal,
    private readonly onError: (duty: string, error: unknown) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Starts `work` unless this duty is busy or has already done `key`. Work that resolves to `false` is not finished
   * and may be started again with the same key.
   */
  start(duty: string, key: string, work: (signal: AbortSignal) => Promise<boolean | void>): void {
    if (this.signal.aborted || this.running.has(duty) || this.done.get(duty) === key) return;
    if (this.now() < (this.failures.get(duty)?.until ?? -Infinity)) return;
    const promise = (async () => {
      try {
        if ((await work(this.signal)) !== false) this.done.set(duty, key);
        this.failures.delete(duty);
      } catch (error) {
        this.rest(duty);
        if (!this.signal.aborted) this.onError(duty, error);
      } finally {
        this.running.delete(duty);
      }
    })();
    this.running.set(duty, { key, work: promise });
  }

  private rest(duty: string): void {
    const count = (this.failures.get(duty)?.count ?? 0) + 1;
    this.failures.set(duty, { count, until: this.now() + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (count - 1)) });
  }

  /** The key a duty works on now. */
  busyWith(duty: string): string | undefined {
    return this.running.get(duty)?.key;
  }

  /** Settles when nothing is under way; used at the end, after the signal was aborted. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all([...this.running.values()].map((r) => r.work));
  }
}
