import { tensorKernels } from './tensor-kernels.js';
import { addressOf, floats, sizeOf, type TensorInfo, type WasmBackend } from './wasm-heap.js';

const TILE = 16;

/** `target[c][r] = source[r][c]`, in tiles that stay in the first-level cache. */
export function transposeMatrix(source: Float32Array, target: Float32Array, rows: number, columns: number): void {
  for (let r0 = 0; r0 < rows; r0 += TILE) {
    const r1 = Math.min(rows, r0 + TILE);
    for (let c0 = 0; c0 < columns; c0 += TILE) {
      const c1 = Math.min(columns, c0 + TILE);
      for (let r = r0; r < r1; r++) {
        const row = r * columns;
        for (let c = c0; c < c1; c++) target[c * rows + r] = source[row + c];
      }
    }
  }
}

/** Whether {@link permuteRows} applies: the innermost axis stays where it is, as when attention heads are moved. */
export function keepsRows(shape: readonly number[], permutation: readonly number[]): boolean {
  const rank = shape.length;
  return rank >= 3 && permutation[rank - 1] === rank - 1;
}

/** Transposes by moving whole rows of the innermost axis; upstream's n-dimensional kernel moves single numbers. */
export function permuteRows(backend: WasmBackend, x: TensorInfo, permutation: readonly number[]): TensorInfo {
  const rank = x.shape.length;
  const shape = permutation.map((axis) => x.shape[axis]);
  const output = backend.makeOutput(shape, x.dtype);
  const length = sizeOf(shape);
  const inner = shape[rank - 1];
  const strides = new Array<number>(rank).fill(1);
  for (let i = rank - 2; i >= 0; i--) strides[i] = strides[i + 1] * x.shape[i + 1];
  const steps = permutation.map((axis) => strides[axis]);
  const own = rank <= 5 ? tensorKernels(backend) : undefined;
  if (own) {
    // Four nested loops, the outer ones of a single turn where there are fewer axes.
    const [n0, s0, n1, s1, n2, s2, n3, s3] = [...new Array<number[]>(5 - rank).fill([1, 0]), ...steps.slice(0, -1).map((step, i) => [shape[i], 4 * step])].flat();
    own.moveRows(addressOf(backend, x), addressOf(backend, output), 4 * inner, n0, s0, n1, s1, n2, s2, n3, s3);
    return output;
  }
  const source = floats(backend, addressOf(backend, x), length);
  const target = floats(backend, addressOf(backend, output), length);
  const rows = inner === 0 ? 0 : length / inner;
  const position = new Array<number>(rank - 1).fill(0);
  let from = 0;
  for (let row = 0, to = 0; row < rows; row++, to += inner) {
    // A loop beats `set` and its two subarray objects for rows as short as a head.
    if (inner <= 64) for (let j = 0; j < inner; j++) target[to + j] = source[from + j];
    else target.set(source.subarray(from, from + inner), to);
    for (let axis = rank - 2; axis >= 0; axis--) {
      from += steps[axis];
      if (++position[axis] < shape[axis]) break;
      from -= steps[axis] * shape[axis];
      position[axis] = 0;
    }
  }
  return output;
}
