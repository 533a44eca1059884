import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataError } from '../errors.js';
import { numbers, smallManifest } from '../testing.js';
import { Permutation } from './permutation.js';
import { TextData } from './text-data.js';

const next = numbers(4);
const text = Uint8Array.from({ length: 2000 }, () => 97 + Math.floor((next() + 1) * 13));
const manifest = smallManifest({ data: { kind: 'text', name: 'text', sha256: '00'.repeat(32), bytes: text.length, heldOutPermille: 100 } });

test('a permutation names every element once, in an order of its own for each seed and pass', () => {
  for (const count of [1, 2, 5, 16, 17, 1000]) {
    for (const pass of [0, 1]) {
      const order = new Permutation(Buffer.alloc(32, 1), count);
      assert.equal(new Set(Array.from({ length: count }, (_, i) => order.at(pass, i))).size, count);
    }
  }
  const first = (seed: number, pass: number): string => Array.from({ length: 50 }, (_, i) => new Permutation(Buffer.alloc(32, seed), 1000).at(pass, i)).join();
  assert.equal(first(1, 0), first(1, 0));
  assert.notEqual(first(1, 0), first(2, 0));
  assert.notEqual(first(1, 0), first(1, 1));
});

test('the order of a run with this seed is the golden one', () => {
  const order = new Permutation(Buffer.alloc(32, 0x11), 8277);
  assert.deepEqual([0, 1, 2, 3, 8276].map((i) => order.at(0, i)), [5298, 7582, 2451, 933, 1593]);
});

test('one pass trains on every whole sequence once and never on what is held out', async () => {
  const data = TextData.ofBytes(manifest, text);
  assert.equal(data.sequenceCount, Math.floor(1799 / 16));
  const all = await data.sequences(0, data.sequenceCount + 1);
  const starts = new Set<number>();
  for (const sequence of all.slice(0, -1)) {
    assert.equal(sequence.length, 17);
    const at = Buffer.from(text).indexOf(Buffer.from(Uint8Array.from(sequence)));
    assert.ok(at >= 0 && at % 16 === 0 && at + 17 <= 1800);
    starts.add(at);
  }
  assert.equal(starts.size, data.sequenceCount);
  assert.notDeepEqual(all[0], all[data.sequenceCount]);
  for (const held of await data.heldOut(8)) assert.ok(Buffer.from(text).indexOf(Buffer.from(Uint8Array.from(held))) >= 1800);
  assert.equal((await data.heldOut(1000)).length, Math.floor(199 / 16));
});

test('the unigram entropy is that of the byte frequencies', () => {
  const even = TextData.ofBytes(manifest, Uint8Array.from({ length: 2000 }, (_, i) => i % 4));
  assert.ok(Math.abs(even.unigramEntropy() - Math.log(4)) < 1e-12);
});

test('a text without one whole sequence is refused', () => {
  assert.throws(() => TextData.ofBytes(manifest, text.subarray(0, 16)), (e: unknown) => e instanceof DataError && e.code === 'DATA_TOO_SHORT');
});
