import { kernels } from '../kernels/instance.js';
import { applySignsByKernel, applyValuesByKernel } from '../kernels/vote.js';
import { integerBasis } from './basis.js';
import { alignedValues } from './aggregate.js';
import { MAX_MEMBERS, type Chunk, type CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';

/** One optimizer step's factors, both exact float32 numbers. */
export interface StepFactors {
  learningRate: number;
  /** 1 − learning rate · weight decay; 1 for none. */
  decay: number;
}

/**
 * Applies the accepted contributions to the parameters, exactly (docs/protocol.md, exact arithmetic): what was sent of a
 * coefficient is summed in whole numbers, the inverse DCT runs on an integer table, its sign s moves each parameter by
 * `t = f32(p·decay); p = f32(t − lr·s)`. Any order of members gives the same bytes.
 */
export function applySigns(parameters: Float32Array, plan: CompressionPlan, contributions: readonly Coefficients[], step: StepFactors): void {
  const kernel = kernels();
  if (!kernel) return applySignsPlain(parameters, plan, contributions, step);
  if (plan.bits === 1) return applySignsByKernel(kernel, parameters, plan, contributions, step);
  const sum = (votes: Float64Array, chunk: number, at: number): void => void alignedValues(votes, contributions, chunk, at, plan.chunks[chunk].k, guardBits(plan.chunks[chunk]));
  applyValuesByKernel(kernel, parameters, plan, sum, step);
}

function applySignsPlain(parameters: Float32Array, plan: CompressionPlan, contributions: readonly Coefficients[], step: StepFactors): void {
  const { chunks, bits } = plan;
  const area = chunks.reduce((most, c) => Math.max(most, c.rows * c.columns), 1);
  // Signs of 256 members fit 32 bits (checked with the plan); values take the 53 bits of doubles.
  const votes = bits === 1 ? new Int32Array(area) : new Float64Array(area);
  const image = bits === 1 ? new Int32Array(area) : new Float64Array(area);
  const shift = Math.fround(step.learningRate);
  let at = 0;
  chunks.forEach((chunk, index) => {
    const size = chunk.rows * chunk.columns;
    votes.fill(0, 0, size);
    if (bits === 1) {
      for (const { positions, values } of contributions) for (let i = at; i < at + chunk.k; i++) votes[positions[i]] += values[i];
      inverse(votes as Int32Array, image as Int32Array, chunk.rows, chunk.columns);
    } else {
      alignedValues(votes as Float64Array, contributions, index, at, chunk.k, guardBits(chunk));
      inverseWide(votes as Float64Array, image as Float64Array, chunk.rows, chunk.columns);
    }
    for (let r = 0; r < chunk.rows; r++) {
      const row = chunk.offset + r * chunk.stride;
      for (let c = 0; c < chunk.columns; c++) {
        const decayed = Math.fround(parameters[row + c] * step.decay);
        const x = image[r * chunk.columns + c];
        parameters[row + c] = x > 0 ? decayed - shift : x < 0 ? decayed + shift : decayed;
      }
    }
    at += chunk.k;
  });
}

/** Bits below the largest exponent's unit that sums of this chunk can keep: 256 members' largest values stay below 2^53. */
function guardBits({ rows, columns, k }: Chunk): number {
  const reach = MAX_MEMBERS * 32_768 * k * integerBasis(rows).peak * integerBasis(columns).peak;
  let bits = 0;
  for (let sum = reach * 2; bits < 24 && sum < Number.MAX_SAFE_INTEGER; sum *= 2) bits++;
  return bits;
}

/** The same transform as {@link inverse} on whole numbers kept in doubles: exact in any order below 2^53. */
export function inverseWide(votes: Float64Array, image: Float64Array, rows: number, columns: number): void {
  const down = integerBasis(rows).table;
  const across = integerBasis(columns).table;
  const line = new Float64Array(columns);
  image.fill(0, 0, rows * columns);
  for (let u = 0; u < rows; u++) {
    let any = false;
    for (let v = 0; v < columns; v++) {
      const sum = votes[u * columns + v];
      if (sum === 0) continue;
      if (!any) line.fill(0);
      any = true;
      for (let j = 0; j < columns; j++) line[j] += across[v * columns + j] * sum;
    }
    if (!any) continue;
    for (let i = 0; i < rows; i++) {
      const factor = down[u * rows + i];
      for (let j = 0; j < columns; j++) image[i * columns + j] += factor * line[j];
    }
  }
}

/**
 * The integer inverse DCT of a sparse spectrum: `image[i][j] = Σ_uv C[u][i]·C[v][j]·votes[u][v]`, times 2^20. Rows of the
 * spectrum without votes cost nothing. The mirrored half of each cosine is the other half with the sign of its parity,
 * so half of the products are taken. Sums of integers: exact in any order.
 */
export function inverse(votes: Int32Array, image: Int32Array, rows: number, columns: number): void {
  const down = integerBasis(rows).table;
  const across = integerBasis(columns).table;
  const line = new Int32Array(columns);
  const near = (rows + 1) >> 1;
  image.fill(0, 0, rows * columns);
  // Even rows of the spectrum gather in the image's upper half, odd ones in its lower half, row i beside its mirror.
  const odd = rows > 1 ? new Int32Array(near * columns) : image;
  for (let u = 0; u < rows; u++) {
    if (!expandRow(votes, u * columns, across, line, columns)) continue;
    const gather = u % 2 === 0 ? image : odd;
    for (let i = 0; i < near; i++) {
      const factor = down[u * rows + i];
      const to = i * columns;
      for (let j = 0; j < columns; j++) gather[to + j] = (gather[to + j] + Math.imul(factor, line[j])) | 0;
    }
  }
  if (rows === 1) return;
  for (let i = 0; i < near; i++) {
    const a = i * columns;
    const b = (rows - 1 - i) * columns;
    for (let j = 0; j < columns; j++) {
      const even = image[a + j];
      const other = odd[a + j];
      if (b !== a) image[b + j] = even - other;
      image[a + j] = even + other;
    }
  }
}

/** One row of the spectrum along the columns; false where it has no votes. */
function expandRow(votes: Int32Array, at: number, across: Int32Array, line: Int32Array, columns: number): boolean {
  let any = false;
  for (let v = 0; v < columns; v++) {
    const count = votes[at + v];
    if (count === 0) continue;
    if (!any) line.fill(0);
    any = true;
    const from = v * columns;
    for (let j = 0; j < columns; j++) line[j] = (line[j] + Math.imul(across[from + j], count)) | 0;
  }
  return any;
}
