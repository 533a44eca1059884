import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { MixtureOrder, type MixtureSource } from './mixture-order.js';
import { Permutation } from './permutation.js';

const seed = Buffer.alloc(32, 0x11);
const source = (weight: number, sequences: number, name = `${weight} ${sequences}`): MixtureSource => ({ weight, sequences, index: createHash('sha256').update(name).digest('hex') });

test('every cycle has the weights\' exact proportions, and a pass over a source takes each sequence once', () => {
  const sources = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 12 }), sequences: fc.integer({ min: 1, max: 40 }) }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(sources, fc.uint8Array({ minLength: 32, maxLength: 32 }), (list, key) => {
      const mix = list.map((s, i) => source(s.weight, s.sequences, `${i}`));
      const [order, again] = [new MixtureOrder(key, mix), new MixtureOrder(Uint8Array.from(key), structuredClone(mix))];
      const total = list.reduce((sum, s) => sum + s.weight, 0);
      const cycles = 4;
      const used = list.map((): number[] => []);
      for (let i = 0; i < cycles * total; i++) {
        const place = order.at(i);
        assert.deepEqual(again.at(i), place);
        used[place.source].push(place.sequence);
      }
      for (const [s, { weight, sequences }] of list.entries()) {
        assert.equal(used[s].length, cycles * weight);
        const passes = new Map<number, number>();
        for (const sequence of used[s]) passes.set(sequence, (passes.get(sequence) ?? 0) + 1);
        // Within a cycle the places of one source come in any order, so a pass may begin before the last one's end.
        for (let pass = 0; (pass + 1) * sequences <= used[s].length; pass++) assert.equal(passes.size, sequences);
        assert.ok(Math.max(...passes.values()) <= Math.ceil(used[s].length / sequences));
        assert.ok([...passes.keys()].every((q) => q >= 0 && q < sequences));
      }
    }),
    { numRuns: 60, seed: 5 },
  );
});

test('weights count in proportion only, and seeds, sources and passes have orders of their own', () => {
  const take = (order: MixtureOrder, from = 0): string => Array.from({ length: 60 }, (_, i) => Object.values(order.at(from + i)).join(':')).join(' ');
  const plain = take(new MixtureOrder(seed, [source(3, 50, 'a'), source(1, 50, 'b')]));
  assert.equal(take(new MixtureOrder(seed, [source(300, 50, 'a'), source(100, 50, 'b')])), plain);
  assert.notEqual(take(new MixtureOrder(Buffer.alloc(32, 1), [source(3, 50, 'a'), source(1, 50, 'b')])), plain);
  assert.notEqual(take(new MixtureOrder(seed, [source(3, 50, 'a'), source(1, 50, 'c')])), plain);
  const one = new MixtureOrder(seed, [source(1, 60, 'a')]);
  assert.notEqual(take(one), take(one, 60));
});

test('the first two thousand places of a mixture of this seed are the golden ones', () => {
  // Consilience's proportions: FineWeb 14, FineWeb-2 4, The Stack v2 1.
  const order = new MixtureOrder(seed, [source(14, 6_835_937_500, 'fineweb'), source(4, 1_953_125_000, 'fineweb-2'), source(1, 97_656_250, 'the-stack-v2')]);
  const hash = createHash('sha256');
  for (let i = 0; i < 2000; i++) {
    const { source: from, sequence } = order.at(i);
    hash.update(`${from} ${sequence}\n`);
  }
  assert.equal(hash.digest('hex'), 'f42908f9e022858e7c8c6a950b804fa0b2d408d5b5fd3cfb4ddd1c73cf3972a8');
  assert.deepEqual(order.split(100), [74, 21, 5]);
});

test('orders of more than 10⁹ elements need no memory and repeat nothing', () => {
  for (const count of [1_000_000_007, 2 ** 40 + 3, 2 ** 52]) {
    const order = new Permutation(seed, count);
    const seen = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const at = order.at(3, count - 1 - i * 1_000_003);
      assert.ok(Number.isSafeInteger(at) && at >= 0 && at < count);
      seen.add(at);
    }
    assert.equal(seen.size, 300);
  }
  assert.throws(() => new Permutation(seed, 2 ** 53), RangeError);
  assert.throws(() => new Permutation(seed, 0), RangeError);
});
