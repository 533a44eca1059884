import { TrainingError } from '../errors.js';
import type { TensorSpec } from '../model/layout.js';
import { integerBasis } from './basis.js';

/** Votes of this many members on one coefficient must not overflow (docs/protocol.md, limits). */
export const MAX_MEMBERS = 256;

/** A rectangle of one tensor that is transformed as a whole. */
export interface Chunk {
  /** Index of its first number in the flat parameters. */
  readonly offset: number;
  /** Distance between the rectangle's rows in the flat parameters. */
  readonly stride: number;
  readonly rows: number;
  readonly columns: number;
  /** Coefficients transmitted: the run's k, or all where the rectangle is smaller. */
  readonly k: number;
}

/**
 * How parameters are cut for the transform. A matrix is cut into rectangles whose sides are the largest divisors of its
 * own that do not exceed `size`; a vector into pieces by the same rule. Chunks go tensor by tensor, row by row.
 * @throws TrainingError `TOPK_TOO_LARGE` where 256 members' votes could overflow 32-bit integers
 */
export function planChunks(layout: readonly TensorSpec[], size: number, k: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (const spec of layout) {
    const [height, width] = spec.shape.length === 1 ? [1, spec.shape[0]] : spec.shape;
    if (spec.shape.length > 2) throw new TrainingError('SHAPE_UNSUPPORTED', `${spec.name} has ${spec.shape.length} dimensions; chunks are cut from vectors and matrices only.`);
    const rows = largestDivisor(height, size);
    const columns = largestDivisor(width, size);
    const kept = Math.min(k, rows * columns);
    checkOverflow(rows, columns, kept);
    for (let r = 0; r < height; r += rows) {
      for (let c = 0; c < width; c += columns) chunks.push({ offset: spec.offset + r * width + c, stride: width, rows, columns, k: kept });
    }
  }
  return chunks;
}

export function largestDivisor(n: number, most: number): number {
  let d = Math.min(n, most);
  while (n % d !== 0) d--;
  return d;
}

function checkOverflow(rows: number, columns: number, k: number): void {
  const reach = MAX_MEMBERS * k * integerBasis(rows).peak * integerBasis(columns).peak;
  if (reach >= 2 ** 31) {
    const most = Math.floor((2 ** 31 - 1) / (reach / k));
    throw new TrainingError('TOPK_TOO_LARGE', `compressionTopk ${k} could overflow the exact sums of chunks of ${rows}×${columns}: use at most ${most}.`);
  }
}
