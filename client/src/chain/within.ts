import { setTimeout as delay } from 'node:timers/promises';

/**
 * What `promise` gives within `ms`; undefined after them, or once `signal` fires meanwhile.
 *
 * @throws the signal's reason, where it had fired before.
 */
export async function within<T>(ms: number, promise: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  signal?.throwIfAborted();
  const timer = new AbortController();
  const stop = (): void => timer.abort();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([promise, delay(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
  } finally {
    signal?.removeEventListener('abort', stop);
    timer.abort();
  }
}
