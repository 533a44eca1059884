import type { CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';
import { LEAST_EXPONENT, powerOfTwo } from './quantize.js';

/** Bits kept below the largest exponent's unit in a mean: 256 values of 15 bits and these stay far below 2^53. */
const MEAN_GUARD_BITS = 24;

/**
 * Adds one chunk's values of all members into `sums`, as whole multiples of 2^(E − guard), where E is the largest
 * exponent among them. What lies below that grid is rounded value by value, so that no order of members matters.
 * @param sums one number per place in the chunk, zeros
 * @param from index of the chunk's first coefficient
 * @returns E
 */
export function alignedValues(sums: Float64Array, contributions: readonly Coefficients[], chunk: number, from: number, k: number, guard: number): number {
  let top = LEAST_EXPONENT;
  for (const { exponents } of contributions) top = Math.max(top, exponents![chunk]);
  for (const { positions, values, exponents } of contributions) {
    const scale = powerOfTwo(exponents![chunk] - top + guard);
    if (scale >= 1) for (let i = from; i < from + k; i++) sums[positions[i]] += values[i] * scale;
    else for (let i = from; i < from + k; i++) sums[positions[i]] += Math.round(values[i] * scale);
  }
  return top;
}

/**
 * Writes the exact mean of the contributions into `target`, in the parameters' order; zero where nobody sent a value.
 * Sums are whole numbers in doubles below 2^53; one division and one rounding to float32 follow. Any order of members
 * gives the same bytes.
 * @param plan of transform `none` and more than one bit
 * @param target one number per parameter, overwritten
 */
export function meanUpdate(plan: CompressionPlan, contributions: readonly Coefficients[], target: Float32Array): void {
  target.fill(0);
  if (contributions.length === 0) return;
  const sums = new Float64Array(plan.chunks.reduce((most, c) => Math.max(most, c.rows * c.columns), 1));
  let from = 0;
  plan.chunks.forEach(({ offset, stride, rows, columns, k }, index) => {
    sums.fill(0, 0, rows * columns);
    const top = alignedValues(sums, contributions, index, from, k, MEAN_GUARD_BITS);
    const unit = powerOfTwo(top - MEAN_GUARD_BITS);
    for (let r = 0; r < rows; r++) {
      const row = offset + r * stride;
      for (let c = 0; c < columns; c++) {
        const sum = sums[r * columns + c];
        if (sum !== 0) target[row + c] = (sum / contributions.length) * unit;
      }
    }
    from += k;
  });
}
