import { coefficientCount, type Chunk, type CompressionPlan } from './chunks.js';
import { dctOf } from './dct.js';
import { powerOfTwo, quantizeLevels, quantizeSigns, quantizeValues } from './quantize.js';

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
  const { chunks, transform, bits } = plan;
  const total = coefficientCount(chunks);
  const positions = new Uint16Array(total);
  const values = new Int16Array(total);
  const exponents = bits === 1 ? undefined : new Int8Array(chunks.length);
  const area = chunks.reduce((most, c) => Math.max(most, c.rows * c.columns), 1);
  const input = new Float64Array(area);
  const half = new Float64Array(area);
  const spectrum = transform === 'dct' ? new Float64Array(area) : input;
  const taken = new Float32Array(area);
  let at = 0;
  let from = 0;
  chunks.forEach((chunk, index) => {
    const size = chunk.rows * chunk.columns;
    gather(update, chunk, input);
    if (transform === 'dct') {
      // Rows, then columns; each pass leaves its result transposed, so two of them leave it upright.
      dctOf(chunk.columns).transformTransposed(input, half, chunk.rows);
      dctOf(chunk.rows).transformTransposed(half, spectrum, chunk.columns);
    }
    const own = residual.subarray(from, from + size);
    for (let i = 0; i < size; i++) own[i] = decay * own[i] + spectrum[i];
    const chosen = positions.subarray(at, at + chunk.k);
    largest(own, chosen);
    const coefficients = taken.subarray(0, chunk.k);
    for (let i = 0; i < chunk.k; i++) {
      coefficients[i] = own[chosen[i]];
      own[chosen[i]] = 0;
    }
    const sent = values.subarray(at, at + chunk.k);
    if (bits === 1) quantizeSigns(coefficients, sent);
    else if (bits === 16) exponents![index] = quantizeValues(coefficients, sent);
    else {
      const e = (exponents![index] = quantizeLevels(coefficients, sent));
      for (let i = 0; i < chunk.k; i++) own[chosen[i]] = coefficients[i] - sent[i] * powerOfTwo(e);
    }
    at += chunk.k;
    from += size;
  });
  return exponents ? { positions, values, exponents } : { positions, values };
}

function gather(values: Float32Array, { offset, stride, rows, columns }: Chunk, target: Float64Array): void {
  for (let r = 0; r < rows; r++) {
    const from = offset + r * stride;
    for (let c = 0; c < columns; c++) target[r * columns + c] = values[from + c];
  }
}

/** Writes the positions of the largest magnitudes into `chosen`, ascending; of equals the lower position is taken. */
export function largest(values: Float32Array, chosen: Uint16Array): void {
  const k = chosen.length;
  if (k === values.length) {
    for (let i = 0; i < k; i++) chosen[i] = i;
    return;
  }
  // A heap of the k best so far with the worst on top; a later equal never displaces an earlier one.
  const heap = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    heap[i] = Math.abs(values[i]);
    chosen[i] = i;
  }
  for (let i = (k >> 1) - 1; i >= 0; i--) sink(heap, chosen, i, k);
  for (let i = k; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (magnitude <= heap[0]) continue;
    heap[0] = magnitude;
    chosen[0] = i;
    sink(heap, chosen, 0, k);
  }
  chosen.sort();
}

/** Restores the heap below `at`; of equal magnitudes the higher position counts as the worse one. */
function sink(heap: Float64Array, chosen: Uint16Array, at: number, length: number): void {
  const magnitude = heap[at];
  const position = chosen[at];
  for (;;) {
    let child = 2 * at + 1;
    if (child >= length) break;
    const right = child + 1;
    if (right < length && worse(heap[right], chosen[right], heap[child], chosen[child])) child = right;
    if (!worse(heap[child], chosen[child], magnitude, position)) break;
    heap[at] = heap[child];
    chosen[at] = chosen[child];
    at = child;
  }
  heap[at] = magnitude;
  chosen[at] = position;
}

function worse(a: number, positionA: number, b: number, positionB: number): boolean {
  return a < b || (a === b && positionA > positionB);
}
