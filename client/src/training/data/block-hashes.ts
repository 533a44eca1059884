import { createHash } from 'node:crypto';
import type { RandomAccessFile } from './random-access.js';
import { readThrough } from './random-access.js';

/** Beside an index: the SHA-256 of every block, shard after shard, so that a remote shard can be verified in parts. */
export const HASHES_NAME = 'blocks.sha256';

export const HASH_BYTES = 32;

/** Blocks that a file of so many bytes has. */
export const blockCount = (bytes: number, blockBytes: number): number => Math.ceil(bytes / blockBytes);

/** Hashes of a file's blocks, fed in pieces of any length. */
export class BlockHasher {
  private readonly digests: Buffer[] = [];
  private hash = createHash('sha256');
  private filled = 0;
  /** Bytes so far. */
  bytes = 0;

  constructor(private readonly blockBytes: number) {}

  update(piece: Uint8Array): void {
    this.bytes += piece.length;
    for (let at = 0; at < piece.length; ) {
      const taken = Math.min(piece.length - at, this.blockBytes - this.filled);
      this.hash.update(piece.subarray(at, at + taken));
      at += taken;
      this.filled += taken;
      if (this.filled === this.blockBytes) this.endBlock();
    }
  }

  /** All digests, one after the other, and their hash in hex. Nothing can be added after. */
  finish(): { digests: Buffer; hash: string } {
    if (this.filled > 0) this.endBlock();
    const digests = Buffer.concat(this.digests);
    return { digests, hash: createHash('sha256').update(digests).digest('hex') };
  }

  private endBlock(): void {
    this.digests.push(this.hash.digest());
    this.hash = createHash('sha256');
    this.filled = 0;
  }
}

/** The hash of a whole file by its blocks. @param told of the bytes done */
export async function hashFile(file: RandomAccessFile, blockBytes: number, options: { signal?: AbortSignal; progress?: (bytes: number) => void } = {}): Promise<{ digests: Buffer; hash: string }> {
  const hasher = new BlockHasher(blockBytes);
  for await (const piece of readThrough(file, 0, file.size, 1 << 20, options.signal)) {
    hasher.update(piece);
    options.progress?.(piece.length);
  }
  return hasher.finish();
}
