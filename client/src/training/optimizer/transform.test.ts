import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { TrainingError } from '../errors.js';
import type { TensorSpec } from '../model/layout.js';
import { applySigns, inverse } from './apply.js';
import { integerBasis, realBasis } from './basis.js';
import { largestDivisor, planChunks, planCompression, type CompressionPlan } from './chunks.js';
import { extract, type Coefficients } from './compress.js';
import { Dct } from './dct.js';
import { largest } from './top-k.js';
import { numbers } from '../testing.js';

const sha256 = (array: Int32Array | Float32Array): string =>
  createHash('sha256').update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)).digest('hex');

const vector = (size: number): TensorSpec => ({ name: 'v', shape: [size], offset: 0, size, initial: 'zeros' });
const matrix = (rows: number, columns: number): TensorSpec => ({ name: 'm', shape: [rows, columns], offset: 0, size: rows * columns, initial: 'zeros' });

const signPlan = (layout: TensorSpec[], chunkSize: number, k: number): CompressionPlan => planCompression(layout, { transform: 'dct', bits: 1, k, chunkSize });

test('the integer basis is the committed one', () => {
  assert.equal(sha256(integerBasis(64).table), '953b10ddb42ce317a2d6abe2c074ab8303bdaa99f556397920621246852aaa1e');
  assert.equal(sha256(integerBasis(48).table), '5af3e1f742bde54c16c0b2a8af9d0771d29df48306a44578471e3af2ff4430e2');
  assert.equal(integerBasis(64).peak, 181);
});

test('the real basis is orthonormal', () => {
  for (const n of [1, 2, 5, 64]) {
    const basis = realBasis(n);
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        let product = 0;
        for (let i = 0; i < n; i++) product += basis[a * n + i] * basis[b * n + i];
        assert.ok(Math.abs(product - (a === b ? 1 : 0)) < 1e-12);
      }
    }
  }
});

test('the folded transform equals the plain product at even, odd and mixed lengths', () => {
  for (const n of [1, 2, 3, 8, 12, 29, 48, 64]) {
    const next = numbers(n);
    const count = 3;
    const source = Float32Array.from({ length: count * n }, next);
    const target = new Float32Array(count * n);
    new Dct(n).transformTransposed(source, target, count);
    const basis = realBasis(n);
    for (let r = 0; r < count; r++) {
      for (let u = 0; u < n; u++) {
        let expected = 0;
        for (let i = 0; i < n; i++) expected += basis[u * n + i] * source[r * n + i];
        assert.ok(Math.abs(target[u * count + r] - expected) < 1e-6, `length ${n}, coefficient ${u}`);
      }
    }
  }
});

test('chunks tile every tensor once, by the largest divisors', () => {
  assert.equal(largestDivisor(384, 64), 64);
  assert.equal(largestDivisor(50257, 64), 29);
  assert.equal(largestDivisor(96, 64), 48);
  const layout = [matrix(6, 10), { ...vector(9), offset: 60 }];
  const chunks = planChunks(layout, 4, 5);
  const seen = new Int32Array(69);
  for (const { offset, stride, rows, columns } of chunks) for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) seen[offset + r * stride + c]++;
  assert.ok(seen.every((n) => n === 1));
  assert.deepEqual(chunks.map((c) => [c.rows, c.columns, c.k])[0], [3, 2, 5]);
  assert.deepEqual(chunks.at(-1), { offset: 66, stride: 9, rows: 1, columns: 3, k: 3 });
});

test('a tensor of more dimensions is cut matrix by matrix, one of none is one number', () => {
  const cube: TensorSpec = { name: 'c', shape: [2, 4, 6], offset: 0, size: 48, initial: 'zeros' };
  const chunks = planChunks([cube, { name: 's', shape: [], offset: 48, size: 1, initial: 'zeros' }], 4, 2);
  assert.deepEqual(chunks.map((c) => [c.offset, c.stride, c.rows, c.columns]), [[0, 6, 4, 3], [3, 6, 4, 3], [24, 6, 4, 3], [27, 6, 4, 3], [48, 1, 1, 1]]);
  assert.throws(() => planChunks([cube], 257, 2), (e: unknown) => e instanceof TrainingError && e.code === 'CHUNK_UNSUPPORTED');
});

test('a model that would be cut into more pieces than there is room for is refused at once', () => {
  const huge = { name: 'h', shape: [2 ** 20, 2 ** 18], offset: 0, size: 2 ** 38, initial: 'zeros' as const };
  const prime = { ...huge, shape: [1_048_573, 262_139], size: 1_048_573 * 262_139 };
  for (const [spec, side] of [[huge, 1], [prime, 64]] as const) {
    assert.throws(() => planChunks([spec], side, 4), (e: unknown) => e instanceof TrainingError && e.code === 'CHUNK_UNSUPPORTED' && /pieces/.test(e.message));
  }
});

test('a k at which 256 members could overflow 32 bits is refused', () => {
  assert.equal(signPlan([matrix(64, 64)], 64, 256).chunks.length, 1);
  assert.throws(() => signPlan([matrix(64, 64)], 64, 257), (e: unknown) => e instanceof TrainingError && e.code === 'TOPK_TOO_LARGE');
});

test('the largest magnitudes are chosen, the lower position of equals', () => {
  const choose = (k: number, ...values: number[]): number[] => {
    const chosen = new Uint16Array(k);
    largest(Float32Array.from(values), chosen);
    return [...chosen];
  };
  assert.deepEqual(choose(3, 1, -5, 2, 5, -2, 0), [1, 2, 3]);
  assert.deepEqual(choose(2, 0, 0, 0), [0, 1]);
  assert.deepEqual(choose(2, 1, 3, 3, 3, 2), [1, 2]);
  const next = numbers(11);
  for (let run = 0; run < 50; run++) {
    const values = Array.from({ length: 40 }, () => Math.round(next() * 6));
    const sorted = values.map((v, i) => [Math.abs(v), i]).sort(([a, i], [b, j]) => b - a || i - j);
    for (const k of [1, 2, 7, 39, 40]) assert.deepEqual(choose(k, ...values), sorted.slice(0, k).map(([, i]) => i).sort((a, b) => a - b));
  }
});

test('the residual is the decayed sum of the gradients\' spectra, without what was sent', () => {
  const next = numbers(7);
  const plan = signPlan([matrix(128, 64)], 64, 4);
  const basis = realBasis(64);
  const spectrumOf = (values: Float32Array, offset: number, p: number): number => {
    let sum = 0;
    for (let r = 0; r < 64; r++) for (let c = 0; c < 64; c++) sum += basis[(p >> 6) * 64 + r] * basis[(p & 63) * 64 + c] * values[offset + r * 64 + c];
    return sum;
  };
  const residual = Float32Array.from({ length: 128 * 64 }, next);
  const before = residual.slice();
  const gradient = Float32Array.from({ length: 128 * 64 }, next);
  const { positions, values } = extract(residual, gradient, 0.5, plan);
  plan.chunks.forEach((chunk, index) => {
    const chosen = positions.subarray(index * 4, index * 4 + 4);
    const full = (p: number): number => 0.5 * before[index * 4096 + p] + spectrumOf(gradient, chunk.offset, p);
    const least = Math.min(...[...chosen].map((p) => Math.abs(full(p))));
    for (let p = 0; p < 4096; p++) {
      const at = chosen.indexOf(p);
      if (at >= 0) {
        assert.equal(values[index * 4 + at], Math.sign(full(p)));
        assert.equal(residual[index * 4096 + p], 0);
      } else if (p % 31 === 0) {
        assert.ok(Math.abs(full(p)) <= least + 1e-5);
        assert.ok(Math.abs(residual[index * 4096 + p] - full(p)) < 1e-5);
      }
    }
  });
});

test('the sparse integer inverse equals the plain sum over all coefficients', () => {
  for (const [rows, columns] of [[1, 64], [64, 64], [3, 5], [8, 6], [2, 1]]) {
    const next = numbers(rows * 100 + columns);
    const votes = Int32Array.from({ length: rows * columns }, () => (next() > 0.5 ? Math.round(next() * 100) : 0));
    const image = new Int32Array(rows * columns).fill(77);
    inverse(votes, image, rows, columns);
    const down = integerBasis(rows).table;
    const across = integerBasis(columns).table;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let u = 0; u < rows; u++) for (let v = 0; v < columns; v++) sum += down[u * rows + i] * across[v * columns + j] * votes[u * columns + v];
        assert.equal(image[i * columns + j], sum);
      }
    }
  }
});

test('256 members voting alike on the steepest coefficients do not overflow', () => {
  const k = 256;
  const votes = new Int32Array(4096);
  // All of them at the coefficients whose cosines peak together in the corner.
  for (let i = 0; i < k; i++) votes[(1 + (i >> 4)) * 64 + 1 + (i & 15)] = 256;
  const image = new Int32Array(4096);
  inverse(votes, image, 64, 64);
  const basis = integerBasis(64).table;
  let corner = 0;
  for (let p = 0; p < 4096; p++) corner += votes[p] * basis[(p >> 6) * 64] * basis[(p & 63) * 64];
  assert.ok(corner < 2 ** 31);
  assert.equal(image[0], corner);
});

function contribution(seed: number, { chunks }: CompressionPlan): Coefficients {
  const next = numbers(seed);
  const positions: number[] = [];
  const values: number[] = [];
  for (const { rows, columns, k } of chunks) {
    const set = new Set<number>();
    while (set.size < k) set.add(Math.min(rows * columns - 1, Math.floor(Math.abs(next()) * rows * columns)));
    positions.push(...[...set].sort((a, b) => a - b));
    for (let i = 0; i < k; i++) values.push(next() < 0 ? -1 : 1);
  }
  return { positions: Uint16Array.from(positions), values: Int16Array.from(values) };
}

test('a step gives the same bytes in any order of members, and the golden ones', () => {
  const layout = [matrix(128, 192), { ...vector(192), offset: 128 * 192 }];
  const size = 128 * 192 + 192;
  const plan = signPlan(layout, 64, 4);
  const members = [1, 2, 3, 4, 5].map((seed) => contribution(seed, plan));
  const start = (): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.fround(((i * 7919) % 2003) / 4096 - 0.25));
  const factors = { learningRate: Math.fround(0.003), decay: Math.fround(1 - 0.003 * 0.1) };
  const forward = start();
  for (let step = 0; step < 3; step++) applySigns(forward, plan, members, factors);
  const backward = start();
  for (let step = 0; step < 3; step++) applySigns(backward, plan, [...members].reverse(), factors);
  assert.equal(sha256(forward), sha256(backward));
  assert.equal(sha256(forward), '0f0d1803a3189812640a5dd08a28a787d5de5f55f9f68a0e629882425fe109e5');
});

test('coefficients that cancel move nothing but the decay', () => {
  const plan = signPlan([vector(8)], 8, 1);
  const up: Coefficients = { positions: Uint16Array.of(3), values: Int16Array.of(1) };
  const down: Coefficients = { positions: Uint16Array.of(3), values: Int16Array.of(-1) };
  const parameters = new Float32Array(8).fill(0.5);
  applySigns(parameters, plan, [up, down], { learningRate: 0.25, decay: 1 });
  assert.deepEqual([...parameters], new Array(8).fill(0.5));
  applySigns(parameters, plan, [up, down], { learningRate: 0.25, decay: 0.5 });
  assert.deepEqual([...parameters], new Array(8).fill(0.25));
});
