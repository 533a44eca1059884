import { setTimeout as pause } from 'node:timers/promises';
import { isTransient } from './store.js';

/** How patiently transfers are tried again. */
export interface RetryPolicy {
  /** Failures in a row, without a byte of progress between them, after which it is given up. */
  attempts: number;
  /** Before the second attempt, doubled for each further one, milliseconds. */
  firstPauseMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 6, firstPauseMs: 500 };

/** No pause is longer. */
const LONGEST_PAUSE_MS = 30_000;

/**
 * Runs `work` until it succeeds, fails for good or has failed too often in a row.
 * @param work is told how to say that it got further, which makes earlier failures forgotten
 */
export async function withRetry<T>(policy: RetryPolicy, signal: AbortSignal, work: (progressed: () => void) => Promise<T>): Promise<T> {
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work(() => void (failures = 0));
    } catch (error) {
      signal.throwIfAborted();
      failures++;
      if (!isTransient(error) || failures >= policy.attempts) throw error;
      await pause(Math.min(LONGEST_PAUSE_MS, policy.firstPauseMs * 2 ** (failures - 1)), undefined, { signal });
    }
  }
}
