import type { StepFactors } from '../optimizer/apply.js';
import { integerBasis, type IntegerBasis } from '../optimizer/basis.js';
import type { CompressionPlan } from '../optimizer/chunks.js';
import type { Coefficients } from '../optimizer/compress.js';
import type { Kernels } from './instance.js';
import { slabsOf } from './slabs.js';

/** Coefficients of all members that are in the kernels' memory at once: 64 MiB, unless one chunk alone has more. */
const MOST_VOTES = 1 << 24;

/** What `applySignsPlain` does to the parameters, by the kernel: the same bytes. */
export function applySignsByKernel(kernels: Kernels, parameters: Float32Array, plan: CompressionPlan, contributions: readonly Coefficients[], step: StepFactors): void {
  const members = contributions.length;
  for (const slab of slabsOf(plan.chunks)) {
    const { rows, columns, k } = slab;
    // Fewer chunks at a time where very many votes come together.
    const part = Math.max(1, Math.min(slab.count, Math.floor(MOST_VOTES / Math.max(1, members * k))));
    for (let c = 0; c < slab.count; c += part) {
      const count = Math.min(part, slab.count - c);
      const [offset, at] = [slab.offset + c * columns, slab.at + c * k];
      kernels.reset();
      const width = count * columns;
      const down = place(kernels, integerBasis(rows));
      const across = place(kernels, integerBasis(columns));
      const parametersAt = kernels.allocate(4 * rows * width);
      const positionsAt = kernels.allocate(2 * members * count * k);
      const valuesAt = kernels.allocate(2 * members * count * k);
      const positions = kernels.shorts(positionsAt, members * count * k);
      const values = kernels.signedShorts(valuesAt, members * count * k);
      contributions.forEach((each, m) => {
        positions.set(each.positions.subarray(at, at + count * k), m * count * k);
        values.set(each.values.subarray(at, at + count * k), m * count * k);
      });
      const copied = kernels.floats(parametersAt, rows * width);
      withCopy(parameters, copied, offset, slab.stride, rows, width, () =>
        kernels.calls.voteChunks(
          parametersAt, 4 * width, count, rows, columns, k, members, positionsAt, valuesAt, down, across, integerBasis(columns).peak,
          Math.fround(step.learningRate), step.decay,
        ),
      );
    }
  }
}

/**
 * The same where values are sent.
 * @param sum writes the sums of one chunk's values into its (zero) votes
 */
export function applyValuesByKernel(kernels: Kernels, parameters: Float32Array, plan: CompressionPlan, sum: (votes: Float64Array, chunk: number, at: number) => void, step: StepFactors): void {
  for (const { offset, stride, rows, columns, k, first, at, count } of slabsOf(plan.chunks)) {
    kernels.reset();
    const width = count * columns;
    const area = rows * columns;
    const down = place(kernels, integerBasis(rows), true);
    const across = place(kernels, integerBasis(columns), true);
    const votesAt = kernels.allocate(8 * count * area);
    const parametersAt = kernels.allocate(4 * rows * width);
    const votes = kernels.doubles(votesAt, count * area).fill(0);
    for (let c = 0; c < count; c++) sum(votes.subarray(c * area, (c + 1) * area), first + c, at + c * k);
    withCopy(parameters, kernels.floats(parametersAt, rows * width), offset, stride, rows, width, () =>
      kernels.calls.voteWideChunks(parametersAt, 4 * width, count, rows, columns, votesAt, down, across, Math.fround(step.learningRate), step.decay),
    );
  }
}

/** Copies a rectangle of the parameters into `copy` row after row, and back once `work` is done. */
function withCopy(parameters: Float32Array, copy: Float32Array, offset: number, stride: number, rows: number, width: number, work: () => void): void {
  for (let r = 0; r < rows; r++) copy.set(parameters.subarray(offset + r * stride, offset + r * stride + width), r * width);
  work();
  for (let r = 0; r < rows; r++) parameters.set(copy.subarray(r * width, (r + 1) * width), offset + r * stride);
}

/** Copies a table, as i32 or f64, with its rows padded to multiples of four. */
function place(kernels: Kernels, { n, table }: IntegerBasis, wide = false): number {
  const width = (n + 3) & ~3;
  const pointer = kernels.allocate((wide ? 8 : 4) * n * width);
  const target = wide ? kernels.doubles(pointer, n * width) : kernels.integers(pointer, n * width);
  target.fill(0);
  for (let u = 0; u < n; u++) target.set(table.subarray(u * n, (u + 1) * n), u * width);
  return pointer;
}
