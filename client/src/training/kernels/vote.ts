import type { StepFactors } from '../optimizer/apply.js';
import { integerBasis, type IntegerBasis } from '../optimizer/basis.js';
import type { CompressionPlan } from '../optimizer/chunks.js';
import type { Coefficients } from '../optimizer/compress.js';
import type { Kernels } from './instance.js';
import { slabsOf } from './slabs.js';

/** Members whose coefficients are in the kernels' memory at once, times coefficients: 64 MiB, or one slab of one chunk. */
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
      for (let r = 0; r < rows; r++) copied.set(parameters.subarray(offset + r * slab.stride, offset + r * slab.stride + width), r * width);
      kernels.calls.voteChunks(
        parametersAt, 4 * width, count, rows, columns, k, members, positionsAt, valuesAt, down, across, integerBasis(columns).peak,
        Math.fround(step.learningRate), step.decay,
      );
      for (let r = 0; r < rows; r++) parameters.set(copied.subarray(r * width, (r + 1) * width), offset + r * slab.stride);
    }
  }
}

/** Copies a table with its rows padded to multiples of four. */
function place(kernels: Kernels, { n, table }: IntegerBasis): number {
  const width = (n + 3) & ~3;
  const pointer = kernels.allocate(4 * n * width);
  const target = kernels.integers(pointer, n * width);
  target.fill(0);
  for (let u = 0; u < n; u++) target.set(table.subarray(u * n, (u + 1) * n), u * width);
  return pointer;
}
