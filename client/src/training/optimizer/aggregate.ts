import type { CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';
import { LEAST_EXPONENT, powerOfTwo } from './quantize.js';

/** Bits kept below the largest exponent's unit in a mean: 256 values of 15 bits, 8 times over, and these stay below 2^53. */
const MEAN_GUARD_BITS = 24;

/**
 * Adds one chunk's values of all members into `sums`, as whole multiples of 2^(E − guard), where E is the largest
 * exponent among them. What lies below that grid is rounded value by value, so that no order of members matters.
 * @param sums one number per place in the chunk, zeros
 * @param from index of the chunk's first coefficient
 * @param weights whole numbers, one per contribution: how often each counts; absent: once
 * @returns E
 */
export function alignedValues(sums: Float64Array, contributions: readonly Coefficients[], chunk: number, from: number, k: number, guard: number, weights?: readonly number[]): number {
  let top = LEAST_EXPONENT;
  for (const { exponents } of contributions) top = Math.max(top, exponents![chunk]);
  contributions.forEach(({ positions, values, exponents }, c) => {
    const scale = powerOfTwo(exponents![chunk] - top + guard);
    const weight = weights?.[c] ?? 1;
    if (scale >= 1) for (let i = from; i < from + k; i++) sums[positions[i]] += weight * values[i] * scale;
    else for (let i = from; i < from + k; i++) sums[positions[i]] += weight * Math.round(values[i] * scale);
  });
  return top;
}

/** Members declare a capacity of 1 to 8 (docs/protocol.md). */
export const MOST_WEIGHT = 8;

/**
 * Writes the exact mean of the contributions into `target`, in the parameters' order; zero where nobody sent a value.
 * Sums are whole numbers in doubles below 2^53; one division and one rounding to float32 follow. Any order of members
 * gives the same bytes.
 * @param plan of transform `none` and more than one bit
 * @param target one number per parameter, overwritten
 * @param weights whole numbers from 1 to {@link MOST_WEIGHT}, one per contribution; absent: all count alike
 */
export function meanUpdate(plan: CompressionPlan, contributions: readonly Coefficients[], target: Float32Array, weights?: readonly number[]): void {
  target.fill(0);
  if (contributions.length === 0) return;
  const total = weights?.reduce((a, b) => a + b, 0) ?? contributions.length;
  const sums = new Float64Array(plan.chunks.reduce((most, c) => Math.max(most, c.rows * c.columns), 1));
  let from = 0;
  plan.chunks.forEach(({ offset, stride, rows, columns, k }, index) => {
    sums.fill(0, 0, rows * columns);
    const top = alignedValues(sums, contributions, index, from, k, MEAN_GUARD_BITS, weights);
    const unit = powerOfTwo(top - MEAN_GUARD_BITS);
    for (let r = 0; r < rows; r++) {
      const row = offset + r * stride;
      for (let c = 0; c < columns; c++) {
        const sum = sums[r * columns + c];
        if (sum !== 0) target[row + c] = (sum / total) * unit;
      }
    }
    from += k;
  });
}
