import { P2pError } from './errors.js';

/**
 * Runs `work` with a signal that also fires after `milliseconds`. Timer and listener are gone when it settles, which
 * `AbortSignal.any` of a long-lived signal would not give; and it does fire: Node collects an `AbortSignal.timeout` that
 * nothing but an `AbortSignal.any` refers to, timer and all.
 *
 * @throws {P2pError} PEER_TIMEOUT when the time is over; the outer signal's reason when that fires.
 */
export async function within<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new P2pError('PEER_TIMEOUT', `${what} took longer than ${milliseconds / 1000} s`));
  }, milliseconds);
  const onAbort = () => controller.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(controller.signal);
  } catch (error) {
    // libraries throw their own AbortError; the reason says which of the two it was
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Waits, or throws the signal's reason. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
