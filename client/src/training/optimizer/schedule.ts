import { cosinePi } from '../exact/cosine.js';
import { FRACTION_BITS, parseDecimal, toFloat32, UNIT } from '../exact/fixed-point.js';
import type { RunManifest } from '../manifest.js';
import type { StepFactors } from './apply.js';

/**
 * The learning rate of a step (from 0) in units of 2^-48: a linear warm-up from base/warmup, then constant, or linear or
 * cosine down to the final rate, which step totalSteps would have. Whole numbers only, so all members step alike.
 */
export function learningRate(schedule: RunManifest['schedule'], step: number): bigint {
  const base = parseDecimal(schedule.baseLearningRate)!;
  const final = parseDecimal(schedule.finalLearningRate)!;
  const { warmupSteps, totalSteps } = schedule;
  if (step < warmupSteps) return (base * BigInt(step + 1)) / BigInt(warmupSteps);
  if (schedule.kind === 'constant') return base;
  const span = totalSteps - warmupSteps;
  if (span <= 0 || step >= totalSteps) return final;
  const done = step - warmupSteps;
  if (schedule.kind === 'linear') return final + ((base - final) * BigInt(span - done)) / BigInt(span);
  // (1 + cos)/2 in units of 2^-160
  const share = ((1n << 160n) + cosinePi(done, span)) >> 1n;
  return final + (((base - final) * share) >> 160n);
}

/** A step's learning rate and decay as the float32 numbers that the update uses. */
export function stepFactors(manifest: RunManifest, step: number): StepFactors {
  const rate = learningRate(manifest.schedule, step);
  const weightDecay = parseDecimal(manifest.optimizer.weightDecay)!;
  return { learningRate: toFloat32(rate), decay: toFloat32(UNIT - ((rate * weightDecay) >> FRACTION_BITS)) };
}
