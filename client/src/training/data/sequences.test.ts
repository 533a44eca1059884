import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sequences } from './sequences.js';
import type { TokenStream } from './token-stream.js';

/** Tokens that say where they are. */
const counting = (tokens: number): TokenStream => ({
  tokens,
  read: async (start, count) => {
    assert.ok(start >= 0 && start + count <= tokens, 'within the stream');
    return Int32Array.from({ length: count }, (_, i) => start + i);
  },
  close: async () => {},
});

test('what is held out is never trained on, whatever the lengths, and every other token is a target at most once', async () => {
  for (let tokens = 1; tokens < 130; tokens++) {
    for (const permille of [0, 1, 100, 333, 999]) {
      const parts = new Sequences(counting(tokens), 8, permille);
      const trained = new Set<number>();
      for (let i = 0; i < parts.count; i++) {
        const sequence = await parts.read(i);
        assert.equal(sequence.length, 9);
        for (const target of sequence.subarray(1)) {
          assert.ok(!trained.has(target));
          trained.add(target);
        }
        trained.add(0);
      }
      const held = await parts.heldOut(1000);
      const first = tokens - Math.floor((tokens * permille) / 1000);
      assert.ok([...trained].every((token) => token < first));
      if (permille > 0) assert.ok(held.every((sequence) => sequence.every((token) => token >= first)), `${tokens} tokens, ${permille} ‰`);
      assert.equal(held.length, Math.max(0, Math.floor(((permille > 0 ? tokens - first : tokens) - 1) / 8)));
    }
  }
});
