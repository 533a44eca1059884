import { getHeapStatistics } from 'node:v8';
import { TrainingError } from '../errors.js';
import type { TensorSpec } from '../model/layout.js';
import { integerBasis } from './basis.js';

/** Votes of this many members on one coefficient must not overflow (docs/protocol.md, limits). */
export const MAX_MEMBERS = 256;

/** Bytes of JavaScript's heap that a chunk takes (measured: 107), and how much of the heap all of them may. */
const CHUNK_BYTES = 128;
const HEAP_SHARE = 0.6;

/** Positions in a chunk are told in 16 bits. */
const MAX_SIDE = 256;

/** A rectangle of one tensor that is compressed as a whole. */
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

/** How a run compresses what its members send: the same for all of its payloads. */
export interface CompressionPlan {
  readonly chunks: readonly Chunk[];
  /** Whether a chunk's coefficients are its DCT (DisTrO) or its own numbers (SparseLoCo, averaged gradients). */
  readonly transform: 'dct' | 'none';
  /** What is sent of a coefficient: its sign; one of four levels; 15 bits and a sign. The latter two with an exponent per chunk. */
  readonly bits: 1 | 2 | 16;
  /** The run's k and chunk side. */
  readonly k: number;
  readonly chunkSize: number;
}

/** @throws TrainingError `TOPK_TOO_LARGE` where 256 members' sums could overflow */
export function planCompression(layout: readonly TensorSpec[], settings: Omit<CompressionPlan, 'chunks'>): CompressionPlan {
  const chunks = planChunks(layout, settings.chunkSize, settings.k);
  if (settings.transform === 'dct' && settings.bits === 1) for (const chunk of chunks) checkOverflow(chunk);
  return { ...settings, chunks };
}

/**
 * How parameters are cut. A matrix is cut into rectangles whose sides are the largest divisors of its own that do not
 * exceed `size`, as DeMo's reference code does; a vector into pieces by the same rule; of a tensor with more dimensions
 * each matrix of its last two by itself. Chunks go tensor by tensor, row by row.
 * @throws TrainingError `CHUNK_UNSUPPORTED`, also where they are more than this process can hold
 */
export function planChunks(layout: readonly TensorSpec[], size: number, k: number): Chunk[] {
  if (!Number.isInteger(size) || size < 1 || size > MAX_SIDE) throw new TrainingError('CHUNK_UNSUPPORTED', `Chunks of side ${size} are not supported: use 1 to ${MAX_SIDE}.`);
  checkCount(layout, size);
  const chunks: Chunk[] = [];
  for (const spec of layout) {
    const width = spec.shape.at(-1) ?? 1;
    const height = spec.shape.at(-2) ?? 1;
    const rows = largestDivisor(height, size);
    const columns = largestDivisor(width, size);
    const kept = Math.min(k, rows * columns);
    for (let matrix = spec.offset; matrix < spec.offset + spec.size; matrix += height * width) {
      for (let r = 0; r < height; r += rows) {
        for (let c = 0; c < width; c += columns) chunks.push({ offset: matrix + r * width + c, stride: width, rows, columns, k: kept });
      }
    }
  }
  return chunks;
}

/** A small `size`, or sides that have no divisors, cut a model into millions: better told than found out by the process's death. */
function checkCount(layout: readonly TensorSpec[], size: number): void {
  let count = 0;
  for (const spec of layout) count += spec.size / (largestDivisor(spec.shape.at(-2) ?? 1, size) * largestDivisor(spec.shape.at(-1) ?? 1, size));
  const most = Math.floor((HEAP_SHARE * getHeapStatistics().heap_size_limit) / CHUNK_BYTES);
  if (count > most) {
    throw new TrainingError(
      'CHUNK_UNSUPPORTED',
      `Chunks of side ${size} cut this run's model into ${count} pieces, and this process has room for ${most}: run it with more (NODE_OPTIONS=--max-old-space-size=MEGABYTES), or ask for a larger compressionChunk.`,
    );
  }
}

/** Coefficients of one contribution. */
export function coefficientCount(chunks: readonly Chunk[]): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.k;
  return total;
}

export function largestDivisor(n: number, most: number): number {
  let d = Math.min(n, most);
  while (n % d !== 0) d--;
  return d;
}

function checkOverflow({ rows, columns, k }: Chunk): void {
  const reach = MAX_MEMBERS * k * integerBasis(rows).peak * integerBasis(columns).peak;
  if (reach >= 2 ** 31) {
    const most = Math.floor((2 ** 31 - 1) / (reach / k));
    throw new TrainingError('TOPK_TOO_LARGE', `compressionTopk ${k} could overflow the exact sums of chunks of ${rows}×${columns}: use at most ${most}.`);
  }
}
