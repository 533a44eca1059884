import { TrainingError } from '../errors.js';
import { squareRoot } from '../exact/cosine.js';
import { parseDecimal, UNIT } from '../exact/fixed-point.js';
import { oneMinusPower, toDouble } from '../exact/power.js';
import type { TensorSpec } from '../model/layout.js';
import { decayFactor } from './schedule.js';

/** AdamW's settings as they stand in a run's manifest: decimal strings. */
export interface AdamWSettings {
  beta1: string;
  beta2: string;
  epsilon: string;
  weightDecay: string;
}

/** The numbers of one AdamW step, doubles that come out of whole-number arithmetic alike on every machine. */
export interface AdamWFactors {
  beta1: number;
  /** 1 − β1 */
  fresh1: number;
  beta2: number;
  /** 1 − β2 */
  fresh2: number;
  epsilon: number;
  /** Learning rate over the first moment's bias correction: lr / (1 − β1^t). */
  rate: number;
  /** 1 / √(1 − β2^t) */
  scale: number;
  /** 1 − lr·weightDecay, for the tensors that decay. */
  decay: number;
}

/**
 * The factors of AdamW's step number `count` (from 1).
 * @param rate the learning rate in units of 2^-48
 */
export function adamWFactors(settings: AdamWSettings, rate: bigint, count: number): AdamWFactors {
  const beta1 = parseDecimal(settings.beta1)!;
  const beta2 = parseDecimal(settings.beta2)!;
  
  const corrected = (rate << 224n) / oneMinusPower(beta1, count);
  const scale = squareRoot((1n << 360n) / oneMinusPower(beta2, count));
  return {
    beta1: toDouble(beta1, 48),
    fresh1: toDouble(UNIT - beta1, 48),
    beta2: toDouble(beta2, 48),
    fresh2: toDouble(UNIT - beta2, 48),
    epsilon: toDouble(parseDecimal(settings.epsilon)!, 48),
    rate: toDouble(corrected, 112),
    scale: toDouble(scale, 100),
    decay: toDouble(decayFactor(rate, parseDecimal(settings.weightDecay)!), 48),
  };
}

/**
 * One step of AdamW (arXiv 1711.05101, as `torch.optim.AdamW`) in place, on flat arrays of the layout's numbers:
 *
 *     m = f32(β1·m + (1−β1)·g)
 *     v = f32(β2·v + (1−β2)·(g·g))
 *     r = f32(√v)
 *     p = f32(p·decay − rate·(m / (r·scale + ε)))
 *
 * Everything between two roundings to float32 is double precision in exactly this order, nothing fused, so any IEEE
 * machine gives the same bits. The root is rounded to float32 at once because the standard lets an engine's `Math.sqrt`
 * err: no float32's root lies near enough to the middle of two others for an error in a double's last bits to matter.
 *
 * Weight decay is decoupled and takes matrices only, embeddings among them; vectors (norms, biases) keep theirs, as in nanoGPT.
 */
export function adamWStep(
  parameters: Float32Array, m: Float32Array, v: Float32Array, gradient: Float32Array, layout: readonly TensorSpec[], factors: AdamWFactors,
): void {
  const { beta1, fresh1, beta2, fresh2, epsilon, rate, scale } = factors;
  for (const { offset, size, shape } of layout) {
    const decay = shape.length > 1 ? factors.decay : 1;
    for (let i = offset; i < offset + size; i++) {
      const g = gradient[i];
      const first = Math.fround(beta1 * m[i] + fresh1 * g);
      const second = Math.fround(beta2 * v[i] + fresh2 * (g * g));
      const root = Math.fround(Math.sqrt(second));
      m[i] = first;
      v[i] = second;
      parameters[i] = parameters[i] * decay - rate * (first / (root * scale + epsilon));
    }
  }
}

/**
 * Refuses settings with which a step would divide by nothing. A parsed manifest has none of them.
 * @throws TrainingError `OPTIMIZER_SETTINGS`
 */
export function checkAdamW(settings: AdamWSettings): void {
  const refuse = (name: keyof AdamWSettings, need: string): TrainingError =>
    new TrainingError('OPTIMIZER_SETTINGS', `The run's ${name} is ${settings[name].slice(0, 32)}: it has to be a decimal ${need}.`);
  for (const name of ['beta1', 'beta2'] as const) {
    const value = parseDecimal(settings[name]);
    if (value === undefined || value >= UNIT) throw refuse(name, 'below 1');
  }
  if (!parseDecimal(settings.epsilon)) throw refuse('epsilon', 'of at least 2^-48');
  if (parseDecimal(settings.weightDecay) === undefined) throw refuse('weightDecay', 'such as 0.1');
}
