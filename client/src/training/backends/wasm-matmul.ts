import type { TensorKernels } from './tensor-kernels.js';
import { addressOf, allocate, floats, sizeOf, type TensorInfo, type WasmBackend } from './wasm-heap.js';
import { transposeMatrix } from './wasm-transpose.js';

export type MatMulKernel = (
  aId: number, aShape: Uint8Array, aRank: number,
  bId: number, bShape: Uint8Array, bRank: number,
  transposeA: number, transposeB: number, outId: number,
) => void;

export const MAT_MUL_SIGNATURE = ['number', 'array', 'number', 'number', 'array', 'number', 'number', 'number', 'number'];

export interface MatMulShape {
  batch: number;
  /** Whether one matrix serves the whole batch. */
  oneA: boolean;
  oneB: boolean;
  rows: number;
  inner: number;
  columns: number;
  outer: number[];
  transposeA: boolean;
  transposeB: boolean;
}

/** The shape of a product, or nothing where upstream's kernel is needed: other broadcasts, other types, nothing to multiply. */
export function fastShape(a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): MatMulShape | undefined {
  const rank = a.shape.length;
  if (a.dtype !== 'float32' || b.dtype !== 'float32' || rank !== b.shape.length) return undefined;
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [oneA, oneB] = [sizeOf(outerA) === 1, sizeOf(outerB) === 1];
  if (!oneA && !oneB && outerA.some((size, i) => size !== outerB[i])) return undefined;
  const outer = oneA ? outerB : outerA;
  const shape = {
    batch: sizeOf(outer), oneA, oneB, outer, transposeA, transposeB,
    rows: transposeA ? a.shape[rank - 1] : a.shape[rank - 2],
    inner: transposeA ? a.shape[rank - 2] : a.shape[rank - 1],
    columns: transposeB ? b.shape[rank - 2] : b.shape[rank - 1],
  };
  return shape.batch * shape.rows * shape.inner * shape.columns === 0 ? undefined : shape;
}

/** Products by this project's own kernel. @param bias address of a number per column, or 0 */
export function multiply(backend: WasmBackend, kernels: TensorKernels, a: TensorInfo, b: TensorInfo, shape: MatMulShape, bias = 0): TensorInfo {
  const { batch, rows, inner, columns, transposeA, transposeB } = shape;
  const output = backend.makeOutput([...shape.outer, rows, columns], 'float32');
  let pa = addressOf(backend, a);
  let pb = addressOf(backend, b);
  let to = addressOf(backend, output);
  for (let i = 0; i < batch; i++) {
    kernels.multiply(pa, transposeA, pb, transposeB, to, rows, inner, columns, bias, kernels.scratch);
    if (!shape.oneA) pa += 4 * rows * inner;
    if (!shape.oneB) pb += 4 * inner * columns;
    to += 4 * rows * columns;
  }
  return output;
}

// The module numbers its tensors from 0 upwards; views registered here live in a range of their own.
const FIRST_VIEW = 1 << 29;
const LAST_VIEW = 1 << 30;
let nextView = FIRST_VIEW;

function view(backend: WasmBackend, size: number, address: number): number {
  const id = nextView;
  nextView = nextView + 1 > LAST_VIEW ? FIRST_VIEW : nextView + 1;
  backend.wasm.tfjs.registerTensor(id, size, address);
  return id;
}

const shapeBytes = (...shape: number[]): Uint8Array => new Uint8Array(new Int32Array(shape).buffer);

/**
 * The same products, to the bit, through XNNPACK, which upstream uses for one plain product only (all others take a naive
 * loop): each matrix of the batch becomes a view of the heap, transposed operands a scratch copy.
 */
export function multiplyByViews(backend: WasmBackend, kernel: MatMulKernel, a: TensorInfo, b: TensorInfo, shape: MatMulShape): TensorInfo {
  const { batch, rows, inner, columns, transposeA, transposeB } = shape;
  const output = backend.makeOutput([...shape.outer, rows, columns], 'float32');
  const sizeA = rows * inner;
  const sizeB = inner * columns;
  const scratchA = transposeA ? allocate(backend, 4 * sizeA) : 0;
  const scratchB = transposeB ? allocate(backend, 4 * sizeB) : 0;
  try {
    const fromA = addressOf(backend, a);
    const fromB = addressOf(backend, b);
    const to = addressOf(backend, output);
    const aShape = shapeBytes(1, rows, inner);
    const bShape = shapeBytes(1, inner, columns);
    for (let i = 0; i < batch; i++) {
      let pa = shape.oneA ? fromA : fromA + 4 * i * sizeA;
      let pb = shape.oneB ? fromB : fromB + 4 * i * sizeB;
      if (transposeA) {
        transposeMatrix(floats(backend, pa, sizeA), floats(backend, scratchA, sizeA), inner, rows);
        pa = scratchA;
      }
      if (transposeB) {
        transposeMatrix(floats(backend, pb, sizeB), floats(backend, scratchB, sizeB), columns, inner);
        pb = scratchB;
      }
      const va = view(backend, sizeA, pa);
      const vb = view(backend, sizeB, pb);
      const vo = view(backend, rows * columns, to + 4 * i * rows * columns);
      kernel(va, aShape, 3, vb, bShape, 3, 0, 0, vo);
      // Disposing also drops XNNPACK's packed copy of b, which is kept per tensor id.
      backend.wasm.tfjs.disposeData(va);
      backend.wasm.tfjs.disposeData(vb);
      backend.wasm.tfjs.disposeData(vo);
    }
  } finally {
    if (scratchA !== 0) backend.wasm._free(scratchA);
    if (scratchB !== 0) backend.wasm._free(scratchB);
  }
  return output;
}
