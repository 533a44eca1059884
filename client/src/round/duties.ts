/**
 * Keeps a participant's duties apart: each has a name, at most one piece of work under way, and each piece of work
 * (named by its key, e.g. epoch and round) is done once. What is due is asked again at every change of the run, so a
 * duty that failed is simply tried again.
 */
export class Duties {
  private readonly running = new Map<string, { key: string; work: Promise<void> }>();
  private readonly done = new Map<string, string>();

  /** @param onError hears what a duty threw, except that it was aborted; must not throw. */
  constructor(
    private readonly signal: AbortSignal,
    private readonly onError: (duty: string, error: unknown) => void,
  ) {}

  /**
   * Starts `work` unless this duty is busy or has already done `key`. Work that resolves to `false` is not finished
   * and may be started again with the same key.
   */
  start(duty: string, key: string, work: (signal: AbortSignal) => Promise<boolean | void>): void {
    if (this.signal.aborted || this.running.has(duty) || this.done.get(duty) === key) return;
    const promise = (async () => {
      try {
        if ((await work(this.signal)) !== false) this.done.set(duty, key);
      } catch (error) {
        if (!this.signal.aborted) this.onError(duty, error);
      } finally {
        this.running.delete(duty);
      }
    })();
    this.running.set(duty, { key, work: promise });
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
