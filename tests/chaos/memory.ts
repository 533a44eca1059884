import { memoryOf, processesWith } from './processes.js';

const EVERY_MS = 1_000;

/** Watches how much main memory processes take, as long as they run. */
export class MemoryWatch {
  private readonly peaks = new Map<number, number>();
  private readonly timer: NodeJS.Timeout;

  /** @param folder whose path all of them have in their command lines. @param others that are watched as well */
  constructor(
    private readonly folder: string,
    private readonly others: readonly number[],
  ) {
    this.timer = setInterval(() => this.look(), EVERY_MS);
  }

  /** The most that any of the clients took, bytes. */
  get clientPeak(): number {
    return Math.max(0, ...[...this.peaks].filter(([pid]) => !this.others.includes(pid)).map(([, peak]) => peak));
  }

  /** The most that any of the others took, bytes. */
  get otherPeak(): number {
    return Math.max(0, ...this.others.map((pid) => this.peaks.get(pid) ?? 0));
  }

  stop(): void {
    clearInterval(this.timer);
    this.look();
  }

  private look(): void {
    for (const pid of [...processesWith(this.folder), ...this.others]) {
      // The kernel's own high-water mark: nothing between two looks is missed.
      const peak = memoryOf(pid)?.peak;
      if (peak !== undefined) this.peaks.set(pid, peak);
    }
  }
}
