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
  rows: number;
  inner: number;
  columns: number;
  outer: number[];
}

/** The shape of a product, or nothing where upstream's kernel is needed (broadcast batches) or already fast. */
export function fastShape(a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): MatMulShape | undefined {
  const ra = a.shape.length;
  const rb = b.shape.length;
  const outer = a.shape.slice(0, -2);
  const batch = sizeOf(outer);
  if (a.dtype !== 'float32' || b.dtype !== 'float32' || batch !== sizeOf(b.shape.slice(0, -2)) || ra !== rb) return undefined;
  if (batch === 1 && !transposeA && !transposeB) return undefined;
  return {
    batch,
    rows: transposeA ? a.shape[ra - 1] : a.shape[ra - 2],
    inner: transposeA ? a.shape[ra - 2] : a.shape[ra - 1],
    columns: transposeB ? b.shape[rb - 2] : b.shape[rb - 1],
    outer,
  };
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
 * Batched and transposed products through XNNPACK, which upstream uses for one plain product only (all others take a
 * naive loop): each matrix of the batch becomes a view of the heap, transposed operands a scratch copy.
 */
export function multiply(
  backend: WasmBackend, kernel: MatMulKernel, a: TensorInfo, b: TensorInfo,
  shape: MatMulShape, transposeA: boolean, transposeB: boolean,
): TensorInfo {
  const { batch, rows, inner, columns } = shape;
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
      let pa = fromA + 4 * i * sizeA;
      let pb = fromB + 4 * i * sizeB;
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
