import { TrainingError } from '../errors.js';

/** The parts of the wasm backend's internals (tfjs 4.22) that the corrected kernels use. */
export interface WasmModule {
  HEAPU8: Uint8Array;
  cwrap(name: string, result: null | string, parameters: string[]): (...values: unknown[]) => unknown;
  _malloc(bytes: number): number;
  _free(address: number): void;
  /** What the module exports; the threaded build keeps its memory elsewhere. */
  asm?: { memory?: WebAssembly.Memory };
  tfjs: { registerTensor(id: number, size: number, address: number): void; disposeData(id: number): void };
}

export interface TensorInfo {
  dataId: object;
  shape: number[];
  dtype: string;
}

export interface WasmBackend {
  wasm: WasmModule;
  dataIdMap: { get(id: object): { id: number; memoryOffset: number } };
  makeOutput(shape: number[], dtype: string): TensorInfo;
  /** One more tensor stands for this memory. */
  incRef(dataId: object): void;
}

/** 32-bit addresses end at 4 GiB; past this much the next large allocation may abort the module instead of failing. */
export const WASM_HEAP_LIMIT = 3.5 * 2 ** 30;

/**
 * Throws while there is still room to say so: the wasm heap does not fail cleanly when it is full.
 * @throws TrainingError `WASM_HEAP_FULL`
 */
export function checkHeap(backend: WasmBackend): void {
  const used = backend.wasm.HEAPU8.buffer.byteLength;
  if (used > WASM_HEAP_LIMIT) {
    throw new TrainingError(
      'WASM_HEAP_FULL',
      `The WebAssembly heap has grown to ${(used / 2 ** 30).toFixed(1)} GiB of at most 4. ` +
        'Train with a smaller micro-batch, or install @tensorflow/tfjs-node.',
    );
  }
}

/** A fresh view: the heap's buffer is replaced whenever it grows, so views are never kept across an allocation. */
export function floats(backend: WasmBackend, address: number, length: number): Float32Array {
  return new Float32Array(backend.wasm.HEAPU8.buffer, address, length);
}

export function addressOf(backend: WasmBackend, tensor: TensorInfo): number {
  return backend.dataIdMap.get(tensor.dataId).memoryOffset;
}

/** Heap memory for one kernel's own use. @throws TrainingError `WASM_HEAP_FULL` */
export function allocate(backend: WasmBackend, bytes: number): number {
  const address = backend.wasm._malloc(bytes);
  if (address === 0) {
    throw new TrainingError('WASM_HEAP_FULL', `The WebAssembly heap has no ${bytes} bytes left. Train with a smaller micro-batch.`);
  }
  return address;
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const d of shape) size *= d;
  return size;
}
