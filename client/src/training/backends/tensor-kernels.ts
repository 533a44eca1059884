import { kernelBinary } from '../kernels/binary.js';
import { allocate, type WasmBackend } from './wasm-heap.js';

/** The functions of `assembly/index.ts`; pointers are addresses on the heap of TensorFlow.js's module. */
interface Exports {
  multiply(
    a: number, transposedA: boolean, b: number, transposedB: boolean, out: number,
    rows: number, inner: number, columns: number, bias: number, scratch: number,
  ): void;
  scratchBytes(): number;
  sumRows(x: number, rows: number, columns: number, out: number, scratch: number): void;
  moveRows(
    source: number, target: number, bytes: number,
    size0: number, step0: number, size1: number, step1: number, size2: number, step2: number, size3: number, step3: number,
  ): void;
  gatherRows(source: number, ids: number, count: number, bytes: number, target: number): void;
}

export interface TensorKernels extends Exports {
  /** Memory for one call of a kernel. */
  readonly scratch: number;
}

let loaded: { memory: WebAssembly.Memory; kernels: TensorKernels } | undefined;
let said = false;

/** This project's kernels on that backend's heap; undefined where they were not built, or its memory is not at hand. */
export function tensorKernels(backend: WasmBackend): TensorKernels | undefined {
  const memory = backend.wasm.asm?.memory;
  if (memory === undefined) return undefined;
  if (loaded?.memory === memory) return loaded.kernels;
  const module = said ? '' : kernelBinary('backends');
  if (typeof module === 'string') {
    if (!said) console.error(`Gradients are computed without this project's own kernels, slower: ${module}. Run: npm run build`);
    said = true;
    return undefined;
  }
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
  const kernels = { ...exports, scratch: allocate(backend, exports.scratchBytes()) };
  loaded = { memory, kernels };
  return kernels;
}
