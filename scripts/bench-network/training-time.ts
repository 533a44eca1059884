import { setTimeout as delay } from 'node:timers/promises';

/** How long a step's training takes, milliseconds: by step, the last one's for all that follow. */
export type TrainingTimes = readonly number[];

export const timeOf = (times: TrainingTimes, step: number): number => times[Math.min(step, times.length - 1)];

/**
 * Trains, as far as the network can see: the time passes, and the event loop is free, as where a graphics card computes.
 * @returns seconds
 */
export async function pretend(ms: number, signal?: AbortSignal): Promise<number> {
  const begun = performance.now();
  await delay(ms, undefined, { signal });
  return (performance.now() - begun) / 1000;
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Holds this thread up without using the processor: arithmetic that was timed when nothing else ran, and is not done again. */
export function occupy(ms: number): void {
  if (ms > 0) Atomics.wait(cell, 0, 0, ms);
}
