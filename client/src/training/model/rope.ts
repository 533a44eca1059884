import type { RopeScaling } from '../manifest.js';
import { cosineAndSine, exp, ln } from './elementary.js';

export interface RopeTables {
  /** [length, size/2] */
  cosine: Float32Array;
  sine: Float32Array;
}

export interface RopeConfig {
  ropeTheta: number;
  ropeScaling?: RopeScaling;
}

const f32 = Math.fround;
const TWO_PI = 2 * Math.PI;

/**
 * Cosines and sines of rotary positions (arXiv 2104.09864) for heads of `size` numbers. Every step is rounded to float32
 * as `transformers` rounds it, so that far positions turn by the same angles as there.
 */
export function ropeTables(config: RopeConfig, size: number, length: number): RopeTables {
  const { frequencies, amplitude } = ropeFrequencies(config, size);
  const half = size / 2;
  const cosine = new Float32Array(length * half);
  const sine = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < half; i++) {
      const [c, s] = cosineAndSine(f32(position * frequencies[i]));
      cosine[position * half + i] = f32(c) * amplitude;
      sine[position * half + i] = f32(s) * amplitude;
    }
  }
  return { cosine, sine };
}

/** Radians per position of each pair, and what sines and cosines are multiplied with. */
export function ropeFrequencies({ ropeTheta, ropeScaling }: RopeConfig, size: number): { frequencies: Float32Array; amplitude: number } {
  const wavelengths = Float32Array.from({ length: size / 2 }, (_, i) => exp(f32((2 * i) / size) * ln(ropeTheta)));
  const frequencies = wavelengths.map((w) => 1 / w);
  if (!ropeScaling) return { frequencies, amplitude: 1 };
  const factor = Number(ropeScaling.factor);
  if (ropeScaling.kind === 'linear') return { frequencies: frequencies.map((f) => f / factor), amplitude: 1 };
  if (ropeScaling.kind === 'llama3') return { frequencies: frequencies.map((f) => scaleByWavelength(f, factor, ropeScaling)), amplitude: 1 };
  const { low, high } = yarnRamp(ropeScaling, ropeTheta, size);
  const scaled = wavelengths.map((w, i) => {
    const kept = f32(1 - Math.min(1, Math.max(0, f32((i - low) / (high - low)))));
    return f32(f32(1 / f32(factor * w)) * f32(1 - kept)) + f32(f32(1 / w) * kept);
  });
  return { frequencies: scaled, amplitude: f32(yarnAmplitude(ropeScaling)) };
}

/** Llama 3.1's rule: long waves are stretched, short ones kept, those between blended. */
function scaleByWavelength(frequency: number, factor: number, scaling: RopeScaling & { kind: 'llama3' }): number {
  const low = Number(scaling.lowFrequencyFactor);
  const high = Number(scaling.highFrequencyFactor);
  const original = scaling.originalContextLength;
  const wavelength = f32(TWO_PI / frequency);
  if (wavelength > original / low) return frequency / factor;
  if (wavelength < original / high) return frequency;
  const smooth = f32(f32(original / wavelength - low) / (high - low));
  return f32(f32(f32(1 - smooth) * frequency) / factor) + f32(smooth * frequency);
}

/** Between which pairs YaRN (arXiv 2309.00071, section 3.2) goes over from keeping frequencies to stretching them. */
function yarnRamp(scaling: RopeScaling & { kind: 'yarn' }, theta: number, size: number): { low: number; high: number } {
  // Zero stands for the default, as in transformers.
  const fast = Number(scaling.betaFast ?? 0) || 32;
  const slow = Number(scaling.betaSlow ?? 0) || 1;
  const pairOf = (rotations: number): number => (size * ln(scaling.originalContextLength / (rotations * TWO_PI))) / (2 * ln(theta));
  const low = Math.max(Math.floor(pairOf(fast)), 0);
  const high = Math.min(Math.ceil(pairOf(slow)), size - 1);
  return { low, high: high === low ? high + 0.001 : high };
}

function yarnAmplitude(scaling: RopeScaling & { kind: 'yarn' }): number {
  const mscale = Number(scaling.mscale ?? 0);
  const allDim = Number(scaling.mscaleAllDim ?? 0);
  const factor = Number(scaling.factor);
  return mscale && allDim ? yarnMscale(factor, mscale) / yarnMscale(factor, allDim) : yarnMscale(factor, 1);
}

/** YaRN's attention temperature for a stretch by `factor`. */
export function yarnMscale(factor: number, mscale: number): number {
  return factor <= 1 ? 1 : 0.1 * mscale * ln(factor) + 1;
}
