import { integerBasis } from './basis.js';
import type { Chunk } from './chunks.js';
import type { Coefficients } from './compress.js';

/** One optimizer step's factors, both exact float32 numbers. */
export interface StepFactors {
  learningRate: number;
  /** 1 − learning rate · weight decay; 1 for none. */
  decay: number;
}

/**
 * Applies the accepted contributions to the parameters, exactly (docs/protocol.md, exact arithmetic): signs are summed
 * as integers, the inverse DCT runs on an integer table in 32-bit integers, its sign s moves each parameter by
 * `t = f32(p·decay); p = f32(t − lr·s)`. Any order of members gives the same bytes.
 */
export function applyCoefficients(parameters: Float32Array, chunks: readonly Chunk[], contributions: readonly Coefficients[], step: StepFactors): void {
  const area = chunks.reduce((most, c) => Math.max(most, c.rows * c.columns), 1);
  const votes = new Int32Array(area);
  const image = new Int32Array(area);
  const shift = Math.fround(step.learningRate);
  let at = 0;
  for (const chunk of chunks) {
    const size = chunk.rows * chunk.columns;
    votes.fill(0, 0, size);
    for (const { positions, signs } of contributions) {
      for (let i = at; i < at + chunk.k; i++) votes[positions[i]] += signs[i];
    }
    inverse(votes, image, chunk.rows, chunk.columns);
    for (let r = 0; r < chunk.rows; r++) {
      const row = chunk.offset + r * chunk.stride;
      for (let c = 0; c < chunk.columns; c++) {
        const decayed = Math.fround(parameters[row + c] * step.decay);
        const x = image[r * chunk.columns + c];
        parameters[row + c] = x > 0 ? decayed - shift : x < 0 ? decayed + shift : decayed;
      }
    }
    at += chunk.k;
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
