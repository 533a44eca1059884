import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNIT } from '../exact/fixed-point.js';
import type { ScheduleConfig } from '../manifest.js';
import { smallManifest } from '../testing.js';
import { decayFactor, learningRate, stepFactors } from './schedule.js';

const schedule = (kind: ScheduleConfig['kind']): ScheduleConfig => ({
  kind, baseLearningRate: '0.01', warmupSteps: 4, totalSteps: 104, finalLearningRate: '0.002', ...(kind === 'wsd' ? { decaySteps: 20 } : {}),
});
const rate = (kind: ScheduleConfig['kind'], step: number): number => Number(learningRate(schedule(kind), step)) / Number(UNIT);
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-14, `${a} is not ${b}`);

test('warm-up rises by equal steps to the base rate', () => {
  for (const kind of ['constant', 'linear', 'cosine', 'wsd'] as const) [0.0025, 0.005, 0.0075, 0.01, 0.01].forEach((r, step) => near(rate(kind, step), r));
});

test('each kind falls as its name says and ends at the final rate', () => {
  near(rate('constant', 10_000), 0.01);
  near(rate('linear', 54), 0.006);
  near(rate('linear', 104), 0.002);
  near(rate('cosine', 54), 0.006);
  near(rate('cosine', 29), 0.002 + 0.008 * (0.5 + Math.SQRT1_2 / 2));
  near(rate('cosine', 104), 0.002);
  near(rate('cosine', 10_000), 0.002);
  near(rate('wsd', 83), 0.01);
  near(rate('wsd', 84), 0.01);
  near(rate('wsd', 94), 0.006);
  near(rate('wsd', 103), 0.0024);
  near(rate('wsd', 104), 0.002);
});

test('a schedule that is all warm-up does not divide by nothing', () => {
  assert.equal(learningRate({ ...schedule('cosine'), warmupSteps: 104 }, 104), learningRate(schedule('cosine'), 104));
});

test('the parts of a step follow the schedule of as many single steps', () => {
  for (const kind of ['constant', 'linear', 'cosine', 'wsd'] as const) {
    const fine = { ...schedule(kind), warmupSteps: 12, totalSteps: 312, ...(kind === 'wsd' ? { decaySteps: 60 } : {}) };
    for (let now = 0; now < 320; now++) assert.equal(learningRate(schedule(kind), Math.floor(now / 3), 3, now % 3), learningRate(fine, now), `${kind} ${now}`);
  }
});

test('a decay that outlasts the steps after warm-up begins with them', () => {
  near(Number(learningRate({ ...schedule('wsd'), decaySteps: 104 }, 4)) / Number(UNIT), 0.01);
  near(Number(learningRate({ ...schedule('wsd'), decaySteps: 104 }, 54)) / Number(UNIT), 0.006);
});

test('weight decay leaves nothing rather than less', () => {
  assert.equal(decayFactor(UNIT, UNIT), 0n);
  assert.equal(decayFactor(UNIT * 2n, UNIT), 0n);
  assert.equal(decayFactor(UNIT / 2n, UNIT / 2n), (UNIT * 3n) / 4n);
});

test('the factors of a step are float32 numbers', () => {
  const { learningRate: lr, decay } = stepFactors(smallManifest(), 10);
  assert.equal(lr, Math.fround(0.004));
  assert.equal(decay, Math.fround(1 - 0.004 * 0.1));
});
