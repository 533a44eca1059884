import { WaitingLine } from './waiting-line.js';

/** Milliseconds of a clock that never goes back. */
export type Now = () => number;

export const monotonic: Now = () => performance.now();

/** Those who wait for one budget: with streams and observers as few as they are, no honest use comes near. */
const MAX_WAITING = 256;

/**
 * A budget that refills steadily: `burst` at once, `perSecond` in the long run. Who takes more than is left waits until
 * it has come back, in the order of asking.
 */
export class TokenBucket {
  private level: number;
  private filledAt: number;
  /** The amounts waited for. */
  private readonly line = new WaitingLine<number>(MAX_WAITING);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly burst: number,
    private readonly perSecond: number,
    private readonly now: Now = monotonic,
  ) {
    this.level = burst;
    this.filledAt = now();
  }

  /** Takes `amount` if it is there and nobody waits for it. */
  tryTake(amount = 1): boolean {
    return this.line.length === 0 && this.draw(amount);
  }

  /** Takes `amount`, at most a burst's worth, once it is there. @throws {P2pError} REFUSED; the signal's reason */
  take(amount: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const bounded = Math.min(amount, this.burst);
    if (this.tryTake(bounded)) return Promise.resolve();
    const turn = this.line.wait(bounded, signal, () => this.serve());
    this.serve();
    return turn;
  }

  /** Whether it is as full as it gets: then nothing is lost by forgetting it. */
  get isFull(): boolean {
    this.refill();
    return this.level >= this.burst;
  }

  /** Lets through whom there is enough for, and comes back when there is for the next. */
  private serve(): void {
    clearTimeout(this.timer);
    while (this.line.first !== undefined && this.draw(this.line.first)) this.line.start();
    if (this.line.first === undefined) return;
    const missing = this.line.first - this.level;
    this.timer = setTimeout(() => this.serve(), Math.ceil((missing / this.perSecond) * 1000));
  }

  private draw(amount: number): boolean {
    this.refill();
    if (this.level < amount) return false;
    this.level -= amount;
    return true;
  }

  private refill(): void {
    const now = this.now();
    this.level = Math.min(this.burst, this.level + ((now - this.filledAt) / 1000) * this.perSecond);
    this.filledAt = now;
  }
}
