import { tensorKernels } from './tensor-kernels.js';
import { addressOf, floats, sizeOf, type TensorInfo, type WasmBackend } from './wasm-heap.js';

/** `out[ids[i]] += x[i]` in order of i, so that the sums are the same in every run; ids out of range are skipped. */
export function segmentSum(backend: WasmBackend, x: TensorInfo, segmentIds: TensorInfo, segments: number): TensorInfo {
  const count = sizeOf(segmentIds.shape);
  const shape = x.shape.slice(segmentIds.shape.length);
  const inner = sizeOf(shape);
  const output = backend.makeOutput([segments, ...shape], x.dtype);
  const out = floats(backend, addressOf(backend, output), segments * inner).fill(0);
  const values = floats(backend, addressOf(backend, x), count * inner);
  const ids = new Int32Array(backend.wasm.HEAPU8.buffer, addressOf(backend, segmentIds), count);
  for (let i = 0; i < count; i++) {
    const segment = ids[i];
    if (segment < 0 || segment >= segments) continue;
    const from = i * inner;
    const to = segment * inner;
    for (let j = 0; j < inner; j++) out[to + j] += values[from + j];
  }
  return output;
}

/** Whether {@link gatherRows} applies: whole rows of the outermost axis, by indices of any shape. */
export function gathersRows(x: TensorInfo, indices: TensorInfo, axis: number, batchDims: number): boolean {
  return x.dtype === 'float32' && indices.dtype === 'int32' && axis === 0 && batchDims === 0 && x.shape.length >= 2 && sizeOf(x.shape) > 0;
}

/** Rows by index; upstream moves number by number. @throws Error for an index out of range, as upstream */
export function gatherRows(backend: WasmBackend, x: TensorInfo, indices: TensorInfo): TensorInfo | undefined {
  const own = tensorKernels(backend);
  if (own === undefined) return undefined;
  const count = sizeOf(indices.shape);
  const row = x.shape.slice(1);
  const ids = addressOf(backend, indices);
  for (const id of new Int32Array(backend.wasm.HEAPU8.buffer, ids, count)) {
    if (id < 0 || id >= x.shape[0]) throw new Error(`GatherV2: the index value ${id} is not in [0, ${x.shape[0] - 1}]`);
  }
  const output = backend.makeOutput([...indices.shape, ...row], 'float32');
  own.gatherRows(addressOf(backend, x), ids, count, 4 * sizeOf(row), addressOf(backend, output));
  return output;
}

/** How many leading axes a sum runs over, where it runs over these alone and forgets them; else 0. */
export function leadingAxes(x: TensorInfo, axes: readonly number[], keepDims: boolean): number {
  if (x.dtype !== 'float32' || keepDims || axes.length === 0 || axes.length >= x.shape.length) return 0;
  return [...axes].sort((a, b) => a - b).every((axis, i) => axis === i) ? axes.length : 0;
}

/** Sums over the outermost axes (a bias's gradient), which upstream does by transposing everything first. */
export function columnSums(backend: WasmBackend, x: TensorInfo, leading: number): TensorInfo {
  const shape = x.shape.slice(leading);
  const columns = sizeOf(shape);
  const rows = sizeOf(x.shape.slice(0, leading));
  const output = backend.makeOutput(shape, 'float32');
  const own = tensorKernels(backend);
  if (own) own.sumRows(addressOf(backend, x), rows, columns, addressOf(backend, output), own.scratch);
  else sumHere(floats(backend, addressOf(backend, x), rows * columns), rows, columns, floats(backend, addressOf(backend, output), columns));
  return output;
}

/** The kernel's twin, to the bit: four rows at a time, in double precision. */
function sumHere(values: Float32Array, rows: number, columns: number, out: Float32Array): void {
  const sums = new Float64Array(columns);
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const a = r * columns;
    const b = a + columns;
    const d = b + columns;
    const e = d + columns;
    for (let c = 0; c < columns; c++) sums[c] += values[a + c] + values[b + c] + (values[d + c] + values[e + c]);
  }
  for (; r < rows; r++) for (let c = 0; c < columns; c++) sums[c] += values[r * columns + c];
  out.set(sums);
}

/** Whether a slice asks for whole rows of the outermost axis, in full (begin and size may be shorter, or absent). */
export function isRowRange(x: TensorInfo, begin: unknown, size: unknown): size is number[] {
  if (x.dtype !== 'float32' || !Array.isArray(begin) || !Array.isArray(size)) return false;
  if (begin.length !== x.shape.length || size.length !== x.shape.length || size[0] < 0) return false;
  return begin.every((b, axis) => axis === 0 || (b === 0 && size[axis] === x.shape[axis]));
}

/** A slice along the outermost axis is one run of bytes; upstream copies the whole source first. */
export function copyRows(backend: WasmBackend, x: TensorInfo, first: number, shape: number[]): TensorInfo {
  const output = backend.makeOutput(shape, 'float32');
  const row = 4 * sizeOf(shape.slice(1));
  const from = addressOf(backend, x) + first * row;
  backend.wasm.HEAPU8.copyWithin(addressOf(backend, output), from, from + shape[0] * row);
  return output;
}
