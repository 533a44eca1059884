/** Why something is not waited for any longer. */
export class OutOfPatience extends Error {}

/** A signal that fires after a while, or when another does. Not made of `AbortSignal.timeout`: Node may collect one that is only part of another signal. */
export function patience(seconds: number, outer: AbortSignal): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new OutOfPatience(`it took longer than ${Math.round(seconds)} s`)), seconds * 1000);
  const onAbort = (): void => controller.abort(outer.reason);
  outer.addEventListener('abort', onAbort, { once: true });
  if (outer.aborted) onAbort();
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', onAbort);
    },
  };
}
