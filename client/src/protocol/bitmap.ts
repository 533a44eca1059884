import { MAX_MEMBERS } from './commitment.js';

/** Whether bit `index` is set: bit 0 is the lowest of the first byte. */
export const hasBit = (bitmap: Uint8Array, index: number): boolean => ((bitmap[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;

/** The indices of the set bits, ascending. */
export const bitsOf = (bitmap: Uint8Array): number[] =>
  Array.from({ length: bitmap.length * 8 }, (_, i) => i).filter((i) => hasBit(bitmap, i));

/** A map of all members with these bits set, 32 bytes. @throws RangeError for what is no member index */
export function bitmapOf(indices: Iterable<number>): Uint8Array {
  const bitmap = new Uint8Array(MAX_MEMBERS / 8);
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= MAX_MEMBERS) throw new RangeError(`there is no member ${index}`);
    bitmap[index >> 3] |= 1 << (index & 7);
  }
  return bitmap;
}
