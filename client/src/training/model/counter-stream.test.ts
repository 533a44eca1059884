import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { CounterStream } from './counter-stream.js';

test('a counter stream is what SHA-256 makes of each counter', () => {
  for (const length of [0, 1, 40, 41, 42, 43, 44, 51]) {
    const prefix = Uint8Array.from({ length }, (_, i) => 7 * i + length);
    const stream = new CounterStream(prefix);
    for (let counter = 0; counter < 300; counter++) {
      const input = Buffer.alloc(length + 4);
      input.set(prefix);
      input.writeUInt32LE(counter, length);
      const digest = Array.from({ length: 32 }, () => stream.next());
      assert.deepEqual(digest, [...createHash('sha256').update(input).digest()], `${length} bytes, ${counter}`);
    }
  }
  assert.throws(() => new CounterStream(new Uint8Array(52)), RangeError);
});
