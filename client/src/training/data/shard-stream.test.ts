import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { RandomAccessFile } from './random-access.js';
import { ShardStream } from './shard-stream.js';
import type { TokenIndex } from './token-index.js';

const BLOCK = 1 << 12;

/** A set of files full of zeros, which nobody has to keep. @param blocks of each file */
function zeros(shards: number, blocks: number): { index: TokenIndex; open: () => Promise<{ file: RandomAccessFile; digests: Uint8Array }>; opened: () => [now: number, ever: number] } {
  const bytes = blocks * BLOCK;
  const counts = { now: 0, ever: 0 };
  const digest = createHash('sha256').update(Buffer.alloc(BLOCK)).digest();
  // Those of the first block alone: no other is read.
  const digests = new Uint8Array(digest);
  const index: TokenIndex = {
    format: 'psyche-tokens', version: 1, tokenType: 'u32', vocabSize: 10, tokenizer: { kind: 'unknown' }, separator: null, documents: null, blockBytes: BLOCK, tokens: (shards * bytes) / 4, bytes: shards * bytes,
    shards: Array.from({ length: shards }, (_, i) => ({ path: `${i}`, bytes, offset: 0, tokens: bytes / 4, hash: '' })),
  };
  const open = async (): Promise<{ file: RandomAccessFile; digests: Uint8Array }> => {
    counts.now++;
    counts.ever++;
    return { digests, file: { name: 'zeros', size: bytes, read: async (_, length) => new Uint8Array(length), close: async () => void counts.now-- } };
  };
  return { index, open, opened: () => [counts.now, counts.ever] };
}

test('few files stay open, and fewer where their digests are large', async () => {
  for (const [blocks, most] of [[1, 64], [1 << 19, 4], [1 << 21, 1]]) {
    const { index, open, opened } = zeros(70, blocks);
    const stream = new ShardStream('set', index, open);
    for (let i = 0; i < 70; i++) assert.deepEqual([...(await stream.read(i * blocks * (BLOCK / 4), 3))], [0, 0, 0]);
    // Closing takes a turn.
    await new Promise(setImmediate);
    assert.deepEqual(opened(), [most, 70]);
    await stream.read(69 * blocks * (BLOCK / 4), 3);
    assert.deepEqual(opened(), [most, 70]);
    await stream.close();
    assert.equal(opened()[0], 0);
  }
});
