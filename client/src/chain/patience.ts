import { setTimeout as delay } from 'node:timers/promises';
import { ChainError, isTransient } from './errors.js';

/** Between two tries of something that the way to the cluster prevents, doubled each time, milliseconds. */
const FIRST_REST_MS = 400;
const LONGEST_REST_MS = 5_000;

/** How long something is tried that has to succeed: through lost nodes and expired blockhashes, until time or signal end it. */
export class Patience {
  readonly #end: number;

  /** @param ms may be Infinity: only the signal ends it. */
  constructor(
    readonly ms: number,
    readonly signal: AbortSignal | undefined,
  ) {
    this.#end = performance.now() + ms;
  }

  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  /** Milliseconds to wait before the next try after so many failed ones. */
  static restAfter(failures: number): number {
    return Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(failures - 1, 16));
  }

  /** Repeats `call` while it fails for a reason that may pass. @throws what else it throws, or the last such reason */
  async through<T>(call: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      this.signal?.throwIfAborted();
      try {
        return await call();
      } catch (error) {
        if (!isTransient(error) || this.isOver) throw error;
      }
      await delay(Patience.restAfter(failures), undefined, { signal: this.signal }).catch(() => {});
    }
  }

  /** @throws ChainError `TRANSACTION_EXPIRED`, or the last `trouble`'s code, when the time is over; the signal's reason */
  check(signature: string, trouble?: ChainError): void {
    this.signal?.throwIfAborted();
    if (!this.isOver) return;
    const why = trouble?.message ?? `The cluster did not take the transaction within ${Math.round(this.ms / 1000)} s.`;
    throw new ChainError(trouble?.code ?? 'TRANSACTION_EXPIRED', `${why} It may still land within a minute: look whether ${signature} did before you try again.`, {
      cause: trouble,
      signature,
    });
  }
}
