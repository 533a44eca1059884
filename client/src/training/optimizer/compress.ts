import type { Chunk } from './chunks.js';
import { dctOf } from './dct.js';

/** What one member contributes to a round: per chunk its k positions, ascending, and a sign for each. */
export interface Coefficients {
  /** All chunks' positions one after another: row · columns + column of the chunk's spectrum. */
  readonly positions: Uint16Array;
  /** 1 or −1 beside each position. */
  readonly signs: Int8Array;
}

export function coefficientCount(chunks: readonly Chunk[]): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.k;
  return total;
}

/**
 * One step of DisTrO/DeMo (arXiv 2411.19870) on the residual: decay it, add the gradient, take each chunk's k largest
 * DCT coefficients out, and return their positions and signs.
 *
 * The residual is kept as the chunks' spectra, one chunk after another. The transform is linear, so this is the
 * published algorithm; but what is sent is removed by setting it to zero, exactly and at no cost, where a residual kept
 * in the parameters' own space would have to be transformed back each time.
 */
export function extract(residual: Float32Array, gradient: Float32Array, decay: number, chunks: readonly Chunk[]): Coefficients {
  const total = coefficientCount(chunks);
  const positions = new Uint16Array(total);
  const signs = new Int8Array(total);
  const area = chunks.reduce((most, c) => Math.max(most, c.rows * c.columns), 1);
  const input = new Float64Array(area);
  const half = new Float64Array(area);
  const spectrum = new Float64Array(area);
  let at = 0;
  let from = 0;
  for (const chunk of chunks) {
    const size = chunk.rows * chunk.columns;
    gather(gradient, chunk, input);
    // Rows, then columns; each pass leaves its result transposed, so two of them leave it upright.
    dctOf(chunk.columns).transformTransposed(input, half, chunk.rows);
    dctOf(chunk.rows).transformTransposed(half, spectrum, chunk.columns);
    const own = residual.subarray(from, from + size);
    for (let i = 0; i < size; i++) own[i] = decay * own[i] + spectrum[i];
    const chosen = positions.subarray(at, at + chunk.k);
    largest(own, chosen);
    for (let i = 0; i < chunk.k; i++) {
      signs[at + i] = own[chosen[i]] < 0 ? -1 : 1;
      own[chosen[i]] = 0;
    }
    at += chunk.k;
    from += size;
  }
  return { positions, signs };
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
