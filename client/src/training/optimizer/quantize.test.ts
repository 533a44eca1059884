import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers } from '../testing.js';
import { alignedValues, meanUpdate } from './aggregate.js';
import { exponentOf, LEAST_EXPONENT, powerOfTwo, quantizeLevels, quantizeValues } from './quantize.js';
import { matrixPlan, randomCoefficients } from './testing.js';

test('powers of two are exact', () => {
  let power = 1;
  for (let e = 0; e <= 500; e++, power *= 2) {
    assert.equal(powerOfTwo(e), power);
    assert.equal(powerOfTwo(-e), 1 / power);
  }
  for (const [x, e] of [[1, 0], [1.99, 0], [2, 1], [-0.75, -1], [3e38, 127], [1e-38, -127], [0, -127]]) assert.equal(exponentOf(x), e);
});

test('sixteen bits hold the largest value and round the others to the nearest', () => {
  const next = numbers(4);
  for (const scale of [1e-30, 1e-6, 1, 32_767.9, 65_535, 1e30]) {
    const coefficients = Float32Array.from({ length: 50 }, () => next() * scale);
    const values = new Int16Array(50);
    const unit = powerOfTwo(quantizeValues(coefficients, values));
    assert.ok(values.every((v) => Math.abs(v) <= 32_767) && values.some((v) => Math.abs(v) > 16_000));
    coefficients.forEach((x, i) => assert.ok(Math.abs(x - values[i] * unit) <= unit / 2));
  }
  // What rounds up to 2^15 takes the next exponent.
  const values = new Int16Array(1);
  const e = quantizeValues(Float32Array.of(32_767.75), values);
  assert.deepEqual([e, values[0]], [1, 16_384]);
  assert.equal(quantizeValues(new Float32Array(3), new Int16Array(3)), LEAST_EXPONENT);
});

test('of all exponents the four levels take the one of the least squared error', () => {
  const next = numbers(5);
  for (let run = 0; run < 50; run++) {
    const coefficients = Float32Array.from({ length: 9 }, () => (next() + (run % 3)) * 0.01);
    const values = new Int16Array(9);
    const error = (e: number): number =>
      coefficients.reduce((sum, x) => sum + Math.min(...[1, 3].map((level) => (Math.abs(x) - level * powerOfTwo(e)) ** 2)), 0);
    const chosen = quantizeLevels(coefficients, values);
    for (let e = -40; e < 10; e++) assert.ok(error(chosen) <= error(e));
    values.forEach((v, i) => assert.equal(Math.sign(v), coefficients[i] < 0 ? -1 : 1));
  }
});

test('sums and means are the same in any order of members, however far their exponents lie apart', () => {
  const plan = matrixPlan(16, 16, { transform: 'none', bits: 16, k: 20, chunkSize: 8 });
  const next = numbers(6);
  const members = Array.from({ length: 12 }, (_, m) => {
    const coefficients = randomCoefficients(plan, next);
    return { ...coefficients, exponents: coefficients.exponents!.map((e) => e + (m % 4) * 12) };
  });
  const orders = [members, [...members].reverse(), [...members.slice(5), ...members.slice(0, 5)]];
  const means = orders.map((order) => {
    const target = new Float32Array(256);
    meanUpdate(plan, order, target);
    return target;
  });
  assert.deepEqual(means[1], means[0]);
  assert.deepEqual(means[2], means[0]);
  const sums = orders.map((order) => {
    const target = new Float64Array(64);
    alignedValues(target, order, 2, 40, 20, 3);
    return target;
  });
  assert.deepEqual(sums[1], sums[0]);
  assert.ok(sums[0].every(Number.isSafeInteger));
  const top = Math.max(...members.flatMap(({ exponents }) => [...exponents]));
  // And it is the mean: what the grid cuts off lies 24 bits below the largest exponent's unit.
  const plain = new Float64Array(256);
  for (const { positions, values, exponents } of members) {
    plan.chunks.forEach((chunk, c) => {
      for (let i = 20 * c; i < 20 * c + 20; i++) plain[chunk.offset + (positions[i] >> 3) * 16 + (positions[i] & 7)] += (values[i] * powerOfTwo(exponents[c])) / 12;
    });
  }
  means[0].forEach((mean, i) => assert.ok(Math.abs(mean - plain[i]) <= Math.abs(plain[i]) * 2 ** -23 + powerOfTwo(top - 24)));
});
