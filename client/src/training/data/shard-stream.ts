import { createHash } from 'node:crypto';
import { DataError } from '../errors.js';
import { blockCount, HASH_BYTES } from './block-hashes.js';
import type { RandomAccessFile } from './random-access.js';
import { RemoteFile } from './remote/remote-file.js';
import { TOKEN_BYTES, type TokenIndex } from './token-index.js';
import { decodeTokens, type TokenStream } from './token-stream.js';

/** Files that are open at once, and bytes of their blocks' digests: a set that anybody made may have enormous files. */
const MAX_OPEN = 64;
const MAX_DIGEST_BYTES = 1 << 26;

/** A shard while it is open. */
export interface OpenShard {
  file: RandomAccessFile;
  /** SHA-256 of each block, by which all that is read is verified; absent: the whole file was. */
  digests?: Uint8Array;
}

/** The tokens of a prepared data set, its shards one after the other. */
export class ShardStream implements TokenStream {
  readonly tokens: number;
  /** The first token of each shard. */
  private readonly starts: number[] = [];
  /** Least recently used first. */
  private readonly opened = new Map<number, Promise<OpenShard>>();

  constructor(private readonly name: string, private readonly index: TokenIndex, private readonly open: (shard: number) => Promise<OpenShard>) {
    let start = 0;
    for (const shard of index.shards) {
      this.starts.push(start);
      start += shard.tokens;
    }
    this.tokens = start;
  }

  async read(start: number, count: number, signal?: AbortSignal): Promise<Int32Array> {
    if (start < 0 || start + count > this.tokens) throw new RangeError(`${this.name} has ${this.tokens} tokens, not ${start + count}`);
    const tokens = new Int32Array(count);
    for (let done = 0, shard = this.shardAt(start); done < count; shard++) {
      const first = start + done - this.starts[shard];
      const taken = Math.min(count - done, this.index.shards[shard].tokens - first);
      tokens.set(await this.readShard(shard, first, taken, signal), done);
      done += taken;
    }
    return tokens;
  }

  async close(): Promise<void> {
    const all = [...this.opened.values()];
    this.opened.clear();
    for (const shard of all) await shard.then(({ file }) => file.close(), () => {});
  }

  /** The shard that holds a token. */
  private shardAt(token: number): number {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= token) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private async readShard(shard: number, first: number, count: number, signal?: AbortSignal): Promise<Int32Array> {
    const { tokenType, vocabSize } = this.index;
    const { offset, path } = this.index.shards[shard];
    const start = offset + first * TOKEN_BYTES[tokenType];
    const open = await this.shard(shard);
    const bytes = await this.readVerified(open, path, start, count * TOKEN_BYTES[tokenType], signal);
    return decodeTokens(bytes, tokenType, vocabSize, `${this.name}/${path}`);
  }

  /** A part of a shard; where its blocks have to be verified, all of them that it touches are read. */
  private async readVerified({ file, digests }: OpenShard, path: string, start: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (digests === undefined) return file.read(start, length, signal);
    const { blockBytes } = this.index;
    const from = start - (start % blockBytes);
    const to = Math.min(file.size, Math.ceil((start + length) / blockBytes) * blockBytes);
    for (let attempt = 0; ; attempt++) {
      const blocks = await file.read(from, to - from, signal);
      if (matches(blocks, digests, from / blockBytes, blockBytes)) return blocks.subarray(start - from, start - from + length);
      // What the cache holds may have been damaged; what a server sends twice is what it has.
      if (!(file instanceof RemoteFile) || attempt > 0) {
        throw new DataError('DATA_DIFFERS', `${this.name}/${path} differs from the run's data set near byte ${start}: get the run's own, or remove that copy.`);
      }
      await file.forget(from, to - from);
    }
  }

  /** Opens a shard, or finds it open. Of many, those used last stay open. */
  private async shard(shard: number): Promise<OpenShard> {
    const found = this.opened.get(shard);
    const opening = found ?? this.open(shard);
    this.opened.delete(shard);
    this.opened.set(shard, opening);
    if (found === undefined) {
      opening.catch(() => this.opened.delete(shard));
      while (this.opened.size > 1 && (this.opened.size > MAX_OPEN || this.digestBytes() > MAX_DIGEST_BYTES)) this.closeOldest();
    }
    return opening;
  }

  /** Of the shards that are open, at most. */
  private digestBytes(): number {
    let sum = 0;
    for (const shard of this.opened.keys()) sum += blockCount(this.index.shards[shard].bytes, this.index.blockBytes) * HASH_BYTES;
    return sum;
  }

  private closeOldest(): void {
    const [oldest, opening] = this.opened.entries().next().value!;
    this.opened.delete(oldest);
    // Reads under way go on: a file handle closes after them.
    void opening.then(({ file }) => file.close(), () => {});
  }
}

function matches(blocks: Uint8Array, digests: Uint8Array, first: number, blockBytes: number): boolean {
  for (let at = 0, block = first; at < blocks.length; at += blockBytes, block++) {
    const digest = createHash('sha256').update(blocks.subarray(at, at + blockBytes)).digest();
    if (!digest.equals(digests.subarray(block * HASH_BYTES, (block + 1) * HASH_BYTES))) return false;
  }
  return true;
}
