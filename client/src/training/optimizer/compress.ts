import { coefficientCount, type Chunk, type CompressionPlan } from './chunks.js';
import { dctOf } from './dct.js';
import { extractByKernel } from '../kernels/extract.js';
import { kernels } from '../kernels/instance.js';
import { powerOfTwo, quantizeLevels, quantizeSigns, quantizeValues } from './quantize.js';
import { largest } from './top-k.js';

/** What one member contributes to a round: per chunk its k positions, ascending, and a value for each. */
export interface Coefficients {
  /** All chunks' positions one after another: row · columns + column of the chunk. */
  readonly positions: Uint16Array;
  /** Beside each position: ±1 (1 bit), ±1 or ±3 (2 bits), −32,767 to 32,767 (16 bits). */
  readonly values: Int16Array;
  /** One per chunk: a coefficient is value · 2^exponent. Absent where only signs are sent. */
  readonly exponents?: Int8Array;
}

/**
 * One step of DeMo (arXiv 2411.19870) or of SparseLoCo's error feedback (arXiv 2508.15706) on the residual: decay it, add
 * the update, take each chunk's k largest coefficients out, and return what is sent of them. Of a coefficient whose
 * sign or 16 bits are sent nothing stays behind; of four levels what they fall short by stays.
 *
 * The residual is kept chunk after chunk, as spectra where the plan transforms. The transform is linear, so this is the
 * published algorithm; but what is sent is removed by setting it to zero, exactly and at no cost, where a residual kept
 * in the parameters' own space would have to be transformed back each time.
 * @param residual one number per parameter, changed
 * @param update the gradient, or a pseudo-gradient, in the parameters' order
 */
export function extract(residual: Float32Array, update: Float32Array, decay: number, plan: CompressionPlan): Coefficients {
  const { chunks, bits } = plan;
  const total = coefficientCount(chunks);
  const positions = new Uint16Array(total);
  const taken = new Float32Array(total);
  const kernel = kernels();
  if (kernel) extractByKernel(kernel, residual, update, Math.fround(decay), plan, positions, taken);
  else extractPlain(residual, update, Math.fround(decay), plan, positions, taken);

  const values = new Int16Array(total);
  if (bits === 1) {
    quantizeSigns(taken, values);
    return { positions, values };
  }
  const exponents = new Int8Array(chunks.length);
  let at = 0;
  let from = 0;
  chunks.forEach(({ rows, columns, k }, index) => {
    const coefficients = taken.subarray(at, at + k);
    const sent = values.subarray(at, at + k);
    if (bits === 16) exponents[index] = quantizeValues(coefficients, sent);
    else {
      const e = (exponents[index] = quantizeLevels(coefficients, sent));
      for (let i = 0; i < k; i++) residual[from + positions[at + i]] = coefficients[i] - sent[i] * powerOfTwo(e);
    }
    at += k;
    from += rows * columns;
  });
  return { positions, values, exponents };
}

/** The kernel's work in plain JavaScript: the same operations in the same order, each rounded to float32. */
function extractPlain(residual: Float32Array, update: Float32Array, decay: number, { chunks, transform }: CompressionPlan, positions: Uint16Array, coefficients: Float32Array): void {
  const area = chunks.reduce((most, c) => Math.max(most, c.rows * c.columns), 1);
  const input = new Float32Array(area);
  const half = new Float32Array(area);
  let at = 0;
  let from = 0;
  for (const chunk of chunks) {
    const { rows, columns, k } = chunk;
    gather(update, chunk, input, transform === 'dct');
    if (transform === 'dct') {
      // Down the columns, then along the rows; the first pass leaves rows upright, the second leaves them transposed.
      dctOf(rows).transformTransposed(input, half, columns);
      dctOf(columns).transformTransposed(half, input, rows);
      for (let u = 0; u < rows; u++) for (let v = 0; v < columns; v++) half[u * columns + v] = input[v * rows + u];
    }
    const spectrum = transform === 'dct' ? half : input;
    const own = residual.subarray(from, from + rows * columns);
    for (let i = 0; i < own.length; i++) own[i] = Math.fround(decay * own[i]) + spectrum[i];
    const chosen = positions.subarray(at, at + k);
    largest(own, chosen);
    for (let i = 0; i < k; i++) {
      coefficients[at + i] = own[chosen[i]];
      own[chosen[i]] = 0;
    }
    at += k;
    from += own.length;
  }
}

/** Scales a residual, as rounds without an update would. @param factor of all those rounds together, 0 to 1 */
export function fade(residual: Float32Array, factor: number): void {
  for (let i = 0; i < residual.length; i++) residual[i] *= factor;
}

/** Copies a chunk out of the parameters' order, by columns where it is to be transformed. */
function gather(values: Float32Array, { offset, stride, rows, columns }: Chunk, target: Float32Array, byColumns: boolean): void {
  for (let r = 0; r < rows; r++) {
    const from = offset + r * stride;
    if (byColumns) for (let c = 0; c < columns; c++) target[c * rows + r] = values[from + c];
    else for (let c = 0; c < columns; c++) target[r * columns + c] = values[from + c];
  }
}
