import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDecimal, UNIT } from '../exact/fixed-point.js';
import { oneMinusPower, power, toDouble } from '../exact/power.js';
import type { TensorSpec } from '../model/layout.js';
import { numbers } from '../testing.js';
import { adamWFactors, adamWStep } from './adamw-step.js';

const layout: TensorSpec[] = [
  { name: 'matrix', shape: [4, 8], offset: 0, size: 32, initial: 'normal' },
  { name: 'bias', shape: [8], offset: 32, size: 8, initial: 'zeros' },
];
const settings = { beta1: '0.9', beta2: '0.95', epsilon: '0.00000001', weightDecay: '0.1' };

test('powers agree with Math.pow to a double\'s precision', () => {
  for (const base of ['0.9', '0.95', '0.999', '0.5', '1', '0']) {
    for (const n of [0, 1, 2, 3, 17, 1000, 123_456]) {
      const expected = Math.pow(Number(parseDecimal(base)!) / Number(UNIT), n);
      assert.ok(Math.abs(toDouble(power(parseDecimal(base)!, n), 160) - expected) <= 1e-14 * expected + 1e-40, `${base}^${n}`);
    }
  }
  assert.equal(oneMinusPower(UNIT, 5), 0n);
  assert.equal(power(parseDecimal('0.999')!, 2 ** 31), 0n);
});

test('the factors are those of the published bias correction', () => {
  const f = adamWFactors(settings, parseDecimal('0.001')!, 7);
  assert.ok(Math.abs(f.rate - 0.001 / (1 - 0.9 ** 7)) < 1e-14);
  assert.ok(Math.abs(f.scale - 1 / Math.sqrt(1 - 0.95 ** 7)) < 1e-12);
  assert.ok(Math.abs(f.decay - (1 - 0.001 * 0.1)) < 1e-14);
  assert.ok(Math.abs(f.epsilon - 1e-8) < 1e-14);
});

test('steps agree with AdamW written in plain doubles; only matrices decay', () => {
  const next = numbers(5);
  const parameters = Float32Array.from({ length: 40 }, next);
  const m = new Float32Array(40);
  const v = new Float32Array(40);
  const plain = { p: [...parameters], m: new Array<number>(40).fill(0), v: new Array<number>(40).fill(0) };
  for (let t = 1; t <= 20; t++) {
    const gradient = Float32Array.from({ length: 40 }, () => next() * 10 ** (4 * next() - 4));
    adamWStep(parameters, m, v, gradient, layout, adamWFactors(settings, parseDecimal('0.01')!, t));
    for (let i = 0; i < 40; i++) {
      const g = gradient[i];
      plain.m[i] = 0.9 * plain.m[i] + 0.1 * g;
      plain.v[i] = 0.95 * plain.v[i] + 0.05 * g * g;
      const update = plain.m[i] / (1 - 0.9 ** t) / (Math.sqrt(plain.v[i] / (1 - 0.95 ** t)) + 1e-8);
      plain.p[i] = plain.p[i] * (i < 32 ? 1 - 0.01 * 0.1 : 1) - 0.01 * update;
    }
  }
  for (let i = 0; i < 40; i++) assert.ok(Math.abs(parameters[i] - plain.p[i]) < 2e-6, `parameter ${i}`);
});

test('what was never touched by a gradient stays, but for the decay', () => {
  const parameters = new Float32Array(40).fill(1);
  adamWStep(parameters, new Float32Array(40), new Float32Array(40), new Float32Array(40), layout, adamWFactors(settings, parseDecimal('0.5')!, 1));
  assert.deepEqual([...parameters.subarray(0, 32)], new Array(32).fill(Math.fround(0.95)));
  assert.deepEqual([...parameters.subarray(32)], new Array(8).fill(1));
});
