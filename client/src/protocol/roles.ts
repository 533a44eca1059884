import { shuffle } from './shuffle.js';

/** Most witnesses a round can have. */
export const MAX_WITNESSES = 32;
/** How many members may post the epoch's checkpoint. */
export const CHECKPOINTERS = 4;

/** Who does what in a round; member indices of the epoch. */
export interface Roles {
  /** All healthy members in seed order: the order of their shares of the batch, and in which they tick. */
  trainers: number[];
  /** The elected witnesses; a place in this list is a witness's `position`. */
  witnesses: number[];
}

/** How many witnesses are elected of `healthy` members when the run asks for `witnessNodes` (0 = as many as can be). */
export function witnessCount(healthy: number, witnessNodes: number): number {
  return Math.min(witnessNodes === 0 ? MAX_WITNESSES : witnessNodes, MAX_WITNESSES, healthy);
}

/**
 * Draws a round's roles (protocol 2, "Seeds").
 *
 * @param healthy indices of the healthy members, ascending.
 */
export function drawRoles(seed: Uint8Array, healthy: readonly number[], witnessNodes: number): Roles {
  const pick = (order: number[]): number[] => order.map((i) => healthy[i]);
  return {
    trainers: pick(shuffle(seed, 'psyche-trainer', healthy.length)),
    witnesses: pick(shuffle(seed, 'psyche-witness', healthy.length, witnessCount(healthy.length, witnessNodes))),
  };
}

/**
 * The members that may post the epoch's checkpoint.
 *
 * @param seed that of the last round of the epoch that has one.
 * @param members how many members the epoch began with, whether healthy or not.
 */
export function drawCheckpointers(seed: Uint8Array, members: number): number[] {
  return shuffle(seed, 'psyche-checkpointer', members, Math.min(CHECKPOINTERS, members));
}
