import { bytesEqual } from '../protocol/bytes.js';
import { CHUNK_BYTES, leafHash } from '../protocol/merkle.js';
import { RANGE_BYTES } from './serving-limits.js';

/*
 * How a serialized model is cut: chunks are what its Merkle tree has leaves of, ranges (four chunks) are what is asked
 * for at once. Both are counted from 0; the last of each may be shorter.
 */
export const CHUNKS_PER_RANGE = RANGE_BYTES / CHUNK_BYTES;

export const LEAF_BYTES = 32;

export const leafCount = (size: number): number => Math.ceil(size / CHUNK_BYTES);

export const rangeCount = (size: number): number => Math.ceil(size / RANGE_BYTES);

export const rangeLength = (range: number, size: number): number => Math.min(RANGE_BYTES, size - range * RANGE_BYTES);

/** Some hashing, two milliseconds at most: for the event loop of a node that serves others at the same time. */
export function wrongChunk(bytes: Uint8Array, range: number, leaves: readonly Uint8Array[]): number | undefined {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = range * CHUNKS_PER_RANGE + at / CHUNK_BYTES;
    if (!bytesEqual(leafHash(bytes.subarray(at, at + CHUNK_BYTES)), leaves[chunk])) return chunk;
  }
  return undefined;
}

/** Leaf hashes that lie one after the other, as an array of views. */
export function splitLeaves(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / LEAF_BYTES }, (_, i) => bytes.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES));
}
