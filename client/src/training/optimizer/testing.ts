import { coefficientCount, planCompression, type CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';

/** The plan of a model of one matrix, for tests and measurements. */
export function matrixPlan(rows: number, columns: number, settings: Partial<Omit<CompressionPlan, 'chunks'>> = {}): CompressionPlan {
  const layout = [{ name: 'm', shape: [rows, columns], offset: 0, size: rows * columns, initial: 'zeros' as const }];
  return planCompression(layout, { transform: 'dct', bits: 1, k: 4, chunkSize: 64, ...settings });
}

/**
 * A contribution out of random numbers.
 * @param next numbers in [−1, 1)
 * @param steepness 1 for all positions alike; above, the lower rows and columns are the likelier ones
 */
export function randomCoefficients(plan: CompressionPlan, next: () => number, steepness = 1): Coefficients {
  const total = coefficientCount(plan.chunks);
  const positions = new Uint16Array(total);
  const values = new Int16Array(total);
  const exponents = plan.bits === 1 ? undefined : Int8Array.from(plan.chunks, () => Math.floor(next() * 6) - 20);
  const below = (n: number): number => Math.min(n - 1, Math.floor(((next() + 1) / 2) ** steepness * n));
  let at = 0;
  for (const { rows, columns, k } of plan.chunks) {
    const set = new Set<number>();
    if (2 * k > rows * columns) for (let p = 0; p < k; p++) set.add(p);
    while (set.size < k) set.add(below(rows) * columns + below(columns));
    positions.set([...set].sort((a, b) => a - b), at);
    for (let i = at; i < at + k; i++) values[i] = plan.bits === 16 ? Math.round(next() ** 3 * 32_767) : (next() < 0 ? -1 : 1) * (plan.bits === 2 && next() > 0.5 ? 3 : 1);
    at += k;
  }
  return exponents ? { positions, values, exponents } : { positions, values };
}
