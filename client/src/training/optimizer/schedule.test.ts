import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNIT } from '../exact/fixed-point.js';
import { smallManifest } from '../testing.js';
import { learningRate, stepFactors } from './schedule.js';

const schedule = (kind: 'constant' | 'linear' | 'cosine') => ({ kind, baseLearningRate: '0.01', warmupSteps: 4, totalSteps: 104, finalLearningRate: '0.002' });
const rate = (kind: 'constant' | 'linear' | 'cosine', step: number): number => Number(learningRate(schedule(kind), step)) / Number(UNIT);
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-14, `${a} is not ${b}`);

test('warm-up rises by equal steps to the base rate', () => {
  for (const kind of ['constant', 'linear', 'cosine'] as const) [0.0025, 0.005, 0.0075, 0.01, 0.01].forEach((r, step) => near(rate(kind, step), r));
});

test('each kind falls as its name says and ends at the final rate', () => {
  near(rate('constant', 10_000), 0.01);
  near(rate('linear', 54), 0.006);
  near(rate('linear', 104), 0.002);
  near(rate('cosine', 54), 0.006);
  near(rate('cosine', 29), 0.002 + 0.008 * (0.5 + Math.SQRT1_2 / 2));
  near(rate('cosine', 104), 0.002);
  near(rate('cosine', 10_000), 0.002);
});

test('a schedule that is all warm-up does not divide by nothing', () => {
  assert.equal(learningRate({ ...schedule('cosine'), warmupSteps: 104 }, 104), learningRate(schedule('cosine'), 104));
});

test('the factors of a step are float32 numbers', () => {
  const { learningRate: lr, decay } = stepFactors(smallManifest(), 10);
  assert.equal(lr, Math.fround(0.004));
  assert.equal(decay, Math.fround(1 - 0.004 * 0.1));
});
