import { realBasis } from './basis.js';
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
 * Takes each chunk's k largest DCT coefficients out of `momentum` and returns their positions and signs (DisTrO/DeMo,
 * arXiv 2411.19870). What is removed are the coefficients' full values; what is sent are their signs.
 */
export function extract(momentum: Float32Array, chunks: readonly Chunk[]): Coefficients {
  const total = coefficientCount(chunks);
  const positions = new Uint16Array(total);
  const signs = new Int8Array(total);
  const area = chunks.reduce((most, c) => Math.max(most, c.rows * c.columns), 1);
  const input = new Float64Array(area);
  const half = new Float64Array(area);
  const spectrum = new Float64Array(area);
  let at = 0;
  for (const chunk of chunks) {
    const { offset, stride, rows, columns, k } = chunk;
    for (let r = 0; r < rows; r++) {
      const from = offset + r * stride;
      for (let c = 0; c < columns; c++) input[r * columns + c] = momentum[from + c];
    }
    // Rows, then columns; each pass leaves its result transposed, so two of them leave it upright.
    dctOf(columns).transformTransposed(input, half, rows);
    dctOf(rows).transformTransposed(half, spectrum, columns);
    const chosen = positions.subarray(at, at + k);
    largest(spectrum, rows * columns, chosen);
    for (let i = 0; i < k; i++) signs[at + i] = spectrum[chosen[i]] < 0 ? -1 : 1;
    removeFrom(momentum, chunk, chosen, spectrum);
    at += k;
  }
  return { positions, signs };
}

/** Writes the positions of the largest magnitudes into `chosen`, ascending; of equals the lower position is taken. */
export function largest(values: Float64Array, length: number, chosen: Uint16Array): void {
  const k = chosen.length;
  const magnitudes = new Float64Array(k);
  let filled = 0;
  for (let i = 0; i < length; i++) {
    const magnitude = Math.abs(values[i]);
    if (filled === k && magnitude <= magnitudes[k - 1]) continue;
    let slot = filled < k ? filled++ : k - 1;
    for (; slot > 0 && magnitudes[slot - 1] < magnitude; slot--) {
      magnitudes[slot] = magnitudes[slot - 1];
      chosen[slot] = chosen[slot - 1];
    }
    magnitudes[slot] = magnitude;
    chosen[slot] = i;
  }
  chosen.sort();
}

/** Subtracts the chosen coefficients' share of the chunk from the momentum. */
function removeFrom(momentum: Float32Array, chunk: Chunk, chosen: Uint16Array, spectrum: Float64Array): void {
  const { offset, stride, rows, columns } = chunk;
  const down = realBasis(rows);
  const across = realBasis(columns);
  for (let i = 0; i < chosen.length; i++) {
    const value = spectrum[chosen[i]];
    const u = Math.floor(chosen[i] / columns) * rows;
    const v = (chosen[i] % columns) * columns;
    for (let r = 0; r < rows; r++) {
      const scale = value * down[u + r];
      const to = offset + r * stride;
      for (let c = 0; c < columns; c++) momentum[to + c] -= scale * across[v + c];
    }
  }
}
