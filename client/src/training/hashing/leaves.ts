import { CHUNK_BYTES, leafHash } from '../../protocol/merkle.js';

/** Bytes of a leaf hash. */
export const LEAF_BYTES = 32;

export const leafCount = (bytes: number): number => Math.ceil(bytes / CHUNK_BYTES);

/** Hashes the chunks from `first` up to `end` of `bytes` into `target`, one after the other. */
export function hashLeaves(bytes: Uint8Array, first: number, end: number, target: Uint8Array): void {
  for (let i = first; i < end; i++) target.set(leafHash(bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)), i * LEAF_BYTES);
}
