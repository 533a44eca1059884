import { UNIT } from '../exact/fixed-point.js';
import type { Fields } from './fields.js';

/*
 * Fractions are decimal strings, because JSON numbers are binary fractions: `"0.99"`.
 */

/** DisTrO/DeMo, arXiv 2411.19870. */
export interface DistroConfig {
  kind: 'distro';
  /** Of the residual momentum, per round. */
  compressionDecay: string;
  /** Coefficients kept per chunk. */
  compressionTopk: number;
  /** Side of a chunk. */
  compressionChunk: number;
  weightDecay: string;
  /** Signs only, or values of 16 bits. */
  quantize1Bit: boolean;
  /** Largest norm of a gradient before it enters the momentum; absent: none. */
  gradientClip?: string;
}

/** SparseLoCo, arXiv 2508.15706. */
export interface SparseLocoConfig {
  kind: 'sparseloco';
  /** Local AdamW steps per round, H. */
  localSteps: number;
  /** Factor of the averaged pseudo-gradient. */
  outerLearningRate: string;
  /** Of the error-feedback buffer, per round. */
  errorDecay: string;
  compressionTopk: number;
  compressionChunk: number;
  beta1: string;
  beta2: string;
  epsilon: string;
  weightDecay: string;
  gradientClip?: string;
}

/** AdamW (arXiv 1711.05101) on averaged gradients: plain data parallel, for members on one network. */
export interface AdamwConfig {
  kind: 'adamw';
  beta1: string;
  beta2: string;
  epsilon: string;
  weightDecay: string;
  gradientClip?: string;
}

export type OptimizerConfig = DistroConfig | SparseLocoConfig | AdamwConfig;

export interface ScheduleConfig {
  kind: 'constant' | 'linear' | 'cosine' | 'wsd';
  baseLearningRate: string;
  warmupSteps: number;
  totalSteps: number;
  finalLearningRate: string;
  /** Last steps of warm-up–stable–decay, in which the rate falls to the final one; with `wsd` only. */
  decaySteps?: number;
}

export const OPTIMIZERS = ['distro', 'sparseloco', 'adamw'] as const;
export const SCHEDULES = ['constant', 'linear', 'cosine', 'wsd'] as const;

const ADAM = ['beta1', 'beta2', 'epsilon', 'weightDecay', 'gradientClip'];

/** @throws ManifestError naming the field */
export function checkOptimizer(top: Fields): OptimizerConfig {
  const kind = top.object('optimizer').choice('kind', OPTIMIZERS);
  if (kind === 'distro') {
    const o = top.object('optimizer', ['kind', 'compressionDecay', 'compressionTopk', 'compressionChunk', 'weightDecay', 'quantize1Bit', 'gradientClip']);
    return {
      kind,
      compressionDecay: o.decimal('compressionDecay', 0n, UNIT),
      compressionTopk: o.integer('compressionTopk', 1, 65_535),
      compressionChunk: o.integer('compressionChunk', 1, 256),
      weightDecay: o.decimal('weightDecay', 0n, UNIT),
      quantize1Bit: o.boolean('quantize1Bit'),
      ...clip(o),
    };
  }
  if (kind === 'adamw') return { kind, ...adam(top.object('optimizer', ['kind', ...ADAM])) };
  const o = top.object('optimizer', ['kind', 'localSteps', 'outerLearningRate', 'errorDecay', 'compressionTopk', 'compressionChunk', ...ADAM]);
  return {
    kind,
    localSteps: o.integer('localSteps', 1, 1000),
    outerLearningRate: o.decimal('outerLearningRate', 1n, UNIT << 4n),
    errorDecay: o.decimal('errorDecay', 0n, UNIT),
    compressionTopk: o.integer('compressionTopk', 1, 65_535),
    compressionChunk: o.integer('compressionChunk', 1, 256),
    ...adam(o),
  };
}

function adam(o: Fields): Omit<AdamwConfig, 'kind'> {
  return {
    beta1: o.decimal('beta1', 0n, UNIT - 1n),
    beta2: o.decimal('beta2', 0n, UNIT - 1n),
    epsilon: o.decimal('epsilon', 1n, UNIT),
    weightDecay: o.decimal('weightDecay', 0n, UNIT),
    ...clip(o),
  };
}

function clip(o: Fields): { gradientClip?: string } {
  return o.has('gradientClip') ? { gradientClip: o.decimal('gradientClip', 1n, UNIT << 10n) } : {};
}

/** @throws ManifestError naming the field */
export function checkSchedule(top: Fields): ScheduleConfig {
  const s = top.object('schedule', ['kind', 'baseLearningRate', 'warmupSteps', 'totalSteps', 'finalLearningRate', 'decaySteps']);
  const schedule: ScheduleConfig = {
    kind: s.choice('kind', SCHEDULES),
    baseLearningRate: s.decimal('baseLearningRate', 0n, UNIT),
    warmupSteps: s.integer('warmupSteps', 0, 2 ** 31),
    totalSteps: s.integer('totalSteps', 1, 2 ** 31),
    finalLearningRate: s.decimal('finalLearningRate', 0n, UNIT),
  };
  if (schedule.kind === 'wsd') {
    schedule.decaySteps = s.integer('decaySteps', 1, 2 ** 31);
    if (schedule.warmupSteps + schedule.decaySteps > schedule.totalSteps) throw s.error('decaySteps', 'and schedule.warmupSteps are more than schedule.totalSteps together');
  } else if (s.has('decaySteps')) throw s.error('decaySteps', 'belongs to the kind "wsd" only');
  return schedule;
}
