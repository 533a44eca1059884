import { cosinePi } from '../exact/cosine.js';
import { FRACTION_BITS, parseDecimal, toFloat32, UNIT } from '../exact/fixed-point.js';
import type { RunManifest, ScheduleConfig } from '../manifest.js';
import type { StepFactors } from './apply.js';

/**
 * The learning rate of a step (from 0) in units of 2^-48: a linear warm-up from base/warmup, then by kind
 * - `constant`: base, for ever;
 * - `linear`, `cosine`: down to the final rate, which step totalSteps would have;
 * - `wsd` (warm-up–stable–decay): base until `decaySteps` before totalSteps, then linearly down to the final rate.
 *
 * Whole numbers only, so all members step alike. Where a step is cut into `parts` (SparseLoCo's local steps), the rate
 * moves on from part to part as it would over parts·totalSteps steps.
 */
export function learningRate(schedule: ScheduleConfig, step: number, parts = 1, part = 0): bigint {
  const base = parseDecimal(schedule.baseLearningRate)!;
  const final = parseDecimal(schedule.finalLearningRate)!;
  const now = step * parts + part;
  const warmup = schedule.warmupSteps * parts;
  const total = schedule.totalSteps * parts;
  if (now < warmup) return (base * BigInt(now + 1)) / BigInt(warmup);
  if (schedule.kind === 'constant') return base;
  const stable = schedule.kind === 'wsd' ? Math.max(warmup, total - (schedule.decaySteps ?? 0) * parts) : warmup;
  if (now >= total) return final;
  if (now < stable) return base;
  const done = BigInt(now - stable);
  const span = BigInt(total - stable);
  if (schedule.kind !== 'cosine') return final + ((base - final) * (span - done)) / span;
  // (1 + cos)/2 in units of 2^-160
  const share = ((1n << 160n) + cosinePi(now - stable, total - stable)) >> 1n;
  return final + (((base - final) * share) >> 160n);
}

/** `1 − rate·weightDecay` in units of 2^-48, never below 0: what decoupled weight decay leaves of a parameter. */
export function decayFactor(rate: bigint, weightDecay: bigint): bigint {
  const factor = UNIT - ((rate * weightDecay) >> FRACTION_BITS);
  return factor > 0n ? factor : 0n;
}

/** A step's learning rate and decay as the float32 numbers that DisTrO's update uses. */
export function stepFactors({ schedule, optimizer }: Pick<RunManifest, 'schedule' | 'optimizer'>, step: number): StepFactors {
  const rate = learningRate(schedule, step);
  return { learningRate: toFloat32(rate), decay: toFloat32(decayFactor(rate, parseDecimal(optimizer.weightDecay)!)) };
}
