import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockHasher } from '../block-hashes.js';
import { type Shard, TOKEN_BYTES, type TokenType } from '../token-index.js';

export interface ShardSettings {
  folder: string;
  tokenType: TokenType;
  /** Tokens of each shard but the last. */
  shardTokens: number;
  blockBytes: number;
}

const BUFFER_TOKENS = 1 << 18;

export const shardName = (number: number): string => `tokens-${String(number).padStart(5, '0')}.bin`;

/** Where a shard's block hashes wait for those of the others. */
export const digestsName = (number: number): string => `${shardName(number)}.sha256`;

/**
 * Writes tokens into shards. A shard has its name once it is whole and on disk, with the hashes of its blocks beside it.
 */
export class ShardWriter {
  private readonly buffer: Buffer;
  private readonly width: number;
  private file: FileHandle | undefined;
  private hasher: BlockHasher;
  /** Bytes in the buffer. */
  private filled = 0;
  /** Tokens of the shard that is being written. */
  private tokens = 0;

  /** @param shards that are there from before */
  constructor(private readonly settings: ShardSettings, readonly shards: Shard[] = []) {
    this.width = TOKEN_BYTES[settings.tokenType];
    this.buffer = Buffer.alloc(BUFFER_TOKENS * this.width);
    this.hasher = new BlockHasher(settings.blockBytes);
  }

  /** @returns how many were taken: fewer than all when a shard is full, which {@link finishShard} then completes */
  async write(tokens: Int32Array): Promise<number> {
    const taken = Math.min(tokens.length, this.settings.shardTokens - this.tokens);
    for (let at = 0; at < taken; ) {
      at += this.fill(tokens, at, taken);
      if (this.filled === this.buffer.length) await this.flush();
    }
    this.tokens += taken;
    return taken;
  }

  get isFull(): boolean {
    return this.tokens === this.settings.shardTokens;
  }

  /** Completes the shard that is being written; nothing where it has no tokens. */
  async finishShard(): Promise<void> {
    if (this.tokens === 0) return;
    await this.flush();
    const file = this.file!;
    await file.sync();
    await this.close();
    const number = this.shards.length;
    const path = join(this.settings.folder, shardName(number));
    const bytes = this.hasher.bytes;
    const { digests, hash } = this.hasher.finish();
    await writeFile(join(this.settings.folder, digestsName(number)), digests);
    await rename(`${path}.part`, path);
    this.shards.push({ path: shardName(number), bytes, offset: 0, tokens: this.tokens, hash });
    this.hasher = new BlockHasher(this.settings.blockBytes);
    this.tokens = 0;
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  /** Puts tokens from `at` on into the buffer while there is room. @returns how many */
  private fill(tokens: Int32Array, at: number, end: number): number {
    const count = Math.min(end - at, (this.buffer.length - this.filled) / this.width);
    const view = new DataView(this.buffer.buffer, this.buffer.byteOffset + this.filled);
    for (let i = 0; i < count; i++) {
      if (this.width === 2) view.setUint16(2 * i, tokens[at + i], true);
      else if (this.width === 4) view.setUint32(4 * i, tokens[at + i], true);
      else view.setUint8(i, tokens[at + i]);
    }
    this.filled += count * this.width;
    return count;
  }

  private async flush(): Promise<void> {
    if (this.filled === 0) return;
    this.file ??= await open(`${join(this.settings.folder, shardName(this.shards.length))}.part`, 'w');
    const bytes = this.buffer.subarray(0, this.filled);
    this.hasher.update(bytes);
    await this.file.writeFile(bytes);
    this.filled = 0;
  }
}

/** A number for each way to prepare, for the journal. */
export const fingerprintOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
