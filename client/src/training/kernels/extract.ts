import type { CompressionPlan } from '../optimizer/chunks.js';
import { slabsOf } from './slabs.js';
import { dctTables } from './tables.js';
import type { Kernels } from './instance.js';

/**
 * Decay, transform, addition and choice of the largest, by the kernel: what `extractPlain` computes, bit for bit.
 * @param positions written: k per chunk
 * @param coefficients written: what was taken out of the residual, k per chunk
 */
export function extractByKernel(kernels: Kernels, residual: Float32Array, update: Float32Array, decay: number, plan: CompressionPlan, positions: Uint16Array, coefficients: Float32Array): void {
  for (const { offset, stride, rows, columns, k, at, from, count } of slabsOf(plan.chunks)) {
    kernels.reset();
    const width = count * columns;
    const size = rows * width;
    const updateAt = kernels.allocate(4 * size);
    const residualAt = kernels.allocate(4 * size);
    const positionsAt = kernels.allocate(2 * count * k);
    const coefficientsAt = kernels.allocate(4 * count * k);
    const tables = plan.transform === 'dct' ? [rows, columns].map(dctTables) : [];
    const tablesAt = tables.map((t) => kernels.allocate(t.byteLength));
    tables.forEach((t, i) => kernels.floats(tablesAt[i], t.length).set(t));
    const copied = kernels.floats(updateAt, size);
    for (let r = 0; r < rows; r++) copied.set(update.subarray(offset + r * stride, offset + r * stride + width), r * width);
    const own = kernels.floats(residualAt, size);
    own.set(residual.subarray(from, from + size));
    kernels.calls.extractChunks(updateAt, 4 * width, residualAt, decay, count, rows, columns, k, tablesAt[0] ?? 0, tablesAt[1] ?? 0, positionsAt, coefficientsAt);
    residual.set(own, from);
    positions.set(kernels.shorts(positionsAt, count * k), at);
    coefficients.set(kernels.floats(coefficientsAt, count * k), at);
  }
}
