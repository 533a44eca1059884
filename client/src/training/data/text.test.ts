import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DataError } from '../errors.js';
import { numbers, smallManifest } from '../testing.js';
import { Permutation } from './permutation.js';
import { DataSet } from './text.js';

const next = numbers(4);
const text = Uint8Array.from({ length: 2000 }, () => 97 + Math.floor((next() + 1) * 13));
const manifest = (() => {
  const m = smallManifest();
  m.data.sha256 = createHash('sha256').update(text).digest('hex');
  return m;
})();

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

test('one pass trains on every whole sequence once and never on what is held out', () => {
  const data = new DataSet(text, manifest);
  assert.equal(data.sequenceCount, Math.floor(1799 / 16));
  const starts = new Set<string>();
  for (let i = 0; i < data.sequenceCount; i++) {
    const sequence = data.sequence(i, 16);
    assert.equal(sequence.length, 17);
    const at = Buffer.from(text).indexOf(Buffer.from(Uint8Array.from(sequence)));
    assert.ok(at >= 0 && at % 16 === 0 && at + 17 <= 1800);
    starts.add(String(at));
  }
  assert.equal(starts.size, data.sequenceCount);
  assert.notDeepEqual(data.sequence(0, 16), data.sequence(data.sequenceCount, 16));
  for (const held of data.heldOut(8)) assert.ok(Buffer.from(text).indexOf(Buffer.from(Uint8Array.from(held))) >= 1800);
  assert.equal(data.heldOut(1000).length, Math.floor(199 / 16));
});

test('the unigram entropy is that of the byte frequencies', () => {
  const even = new DataSet(Uint8Array.from({ length: 2000 }, (_, i) => i % 4), manifest);
  assert.ok(Math.abs(even.unigramEntropy() - Math.log(4)) < 1e-12);
});

test('only the text the manifest names is read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'psyche-data-'));
  const code = (expected: string) => (e: unknown) => e instanceof DataError && e.code === expected;
  try {
    const path = join(folder, 'text');
    await writeFile(path, text);
    assert.deepEqual((await DataSet.fromFile(path, manifest)).sequence(3), new DataSet(text, manifest).sequence(3));
    await assert.rejects(DataSet.fromFile(path, manifest, AbortSignal.abort()), { name: 'AbortError' });
    await assert.rejects(DataSet.fromFile(join(folder, 'none'), manifest), code('DATA_NOT_FOUND'));
    await assert.rejects(DataSet.fromFile(path, { ...manifest, data: { ...manifest.data, bytes: 2 ** 39 } }), code('DATA_TOO_LARGE'));
    await writeFile(path, text.subarray(1));
    await assert.rejects(DataSet.fromFile(path, manifest), code('DATA_DIFFERS'));
    await writeFile(path, text.slice().fill(65, 0, 1));
    await assert.rejects(DataSet.fromFile(path, manifest), code('DATA_DIFFERS'));
  } finally {
    await rm(folder, { recursive: true });
  }
});
