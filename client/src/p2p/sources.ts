import { pause } from './deadline.js';

/** How long the first source has the field to itself before a second is asked too, unless told otherwise. Milliseconds. */
export const STAGGER_MS = 1_500;

/**
 * Asks sources one after the other until one delivers: the next when the one before failed, or has taken
 * its time; at most two at a time, so that a silent peer delays and does not double the traffic of all.
 *
 * @param attempt gets the source and a signal that fires when another one was first.
 * @throws AggregateError of every source's error, or the signal's reason.
 */
export async function firstToDeliver<S, T>(
  sources: readonly S[],
  signal: AbortSignal,
  attempt: (source: S, signal: AbortSignal) => Promise<T>,
  staggerMs = STAGGER_MS,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const second = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  controller.signal.addEventListener('abort', () => second.abort(), { once: true });
  const errors: unknown[] = [];
  const remaining = [...sources];

  const lane = async (): Promise<T> => {
    for (let source = remaining.shift(); source !== undefined; source = remaining.shift()) {
      controller.signal.throwIfAborted();
      try {
        return await attempt(source, controller.signal);
      } catch (error) {
        errors.push(error);
      }
    }
    second.abort(); // nothing is left for a lane that has not started
    throw new Error('no source left');
  };
  try {
    return await Promise.any([lane(), pause(staggerMs, second.signal).then(lane)]);
  } catch {
    if (signal.aborted) throw signal.reason;
    throw new AggregateError(errors, errors.length === 0 ? 'there was no source to ask' : errors.map(messageOf).join('; '));
  } finally {
    signal.removeEventListener('abort', onAbort);
    controller.abort(new Error('another source was first'));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
