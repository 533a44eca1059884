import { tensorKernels } from './tensor-kernels.js';
import type { Tf } from './tensorflow.js';
import { addressOf, sizeOf, type TensorInfo, type WasmBackend } from './wasm-heap.js';
import { fastShape, MAT_MUL_SIGNATURE, multiply, multiplyByViews, type MatMulKernel } from './wasm-matmul.js';
import { columnSums, copyRows, gatherRows, gathersRows, isRowRange, leadingAxes, segmentSum } from './wasm-rows.js';
import { keepsRows, permuteRows } from './wasm-transpose.js';

interface KernelCall {
  inputs: Record<string, TensorInfo>;
  attrs: Record<string, unknown>;
  backend: WasmBackend;
}
interface Kernel {
  kernelName: string;
  backendName: string;
  setupFunc?: (backend: WasmBackend) => void;
  kernelFunc: (call: KernelCall) => TensorInfo;
}
interface Registry {
  getKernel(name: string, backend: string): Kernel | undefined;
  registerKernel(kernel: Kernel): void;
  unregisterKernel(name: string, backend: string): void;
}

let corrected = false;

/**
 * Makes tfjs 4.22's WebAssembly backend fit for training: adds the kernel that `gather`'s gradient needs and replaces
 * those that are correct but slow in a backward pass. About ten times the tokens per second of the backend as shipped.
 * To be called once per process, before the backend is chosen.
 */
export function correctWasmKernels(tf: Tf): void {
  if (corrected) return;
  corrected = true;
  const registry = tf as unknown as Registry;
  if (!registry.getKernel('UnsortedSegmentSum', 'wasm')) {
    registry.registerKernel({
      kernelName: 'UnsortedSegmentSum',
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs, backend }) => segmentSum(backend, inputs.x, inputs.segmentIds, attrs.numSegments as number),
    });
  }
  replaceMatMul(registry);
  replace(registry, '_FusedMatMul', fusedMatMul);
  replace(registry, 'Transpose', ({ inputs: { x }, attrs, backend }) => {
    const permutation = attrs.perm as number[];
    return x.dtype === 'float32' && keepsRows(x.shape, permutation) ? permuteRows(backend, x, permutation) : undefined;
  });
  replace(registry, 'Sum', ({ inputs: { x }, attrs, backend }) => {
    const leading = leadingAxes(x, ([] as number[]).concat(attrs.axis as number | number[]), attrs.keepDims === true);
    return leading > 0 ? columnSums(backend, x, leading) : undefined;
  });
  replace(registry, 'Slice', ({ inputs: { x }, attrs, backend }) => {
    const begin = attrs.begin as number[];
    const size: unknown = attrs.size;
    return isRowRange(x, begin, size) ? copyRows(backend, x, begin[0], size) : undefined;
  });
  replace(registry, 'GatherV2', ({ inputs: { x, indices }, attrs, backend }) =>
    gathersRows(x, indices, attrs.axis as number, attrs.batchDims as number) ? gatherRows(backend, x, indices) : undefined,
  );
  replace(registry, 'Identity', identity);
}

/** Puts a kernel in front of upstream's, which goes on doing what the new one leaves to it by answering nothing. */
function replace(registry: Registry, name: string, kernel: (call: KernelCall) => TensorInfo | undefined): void {
  const upstream = registry.getKernel(name, 'wasm')!;
  registry.unregisterKernel(name, 'wasm');
  registry.registerKernel({ ...upstream, kernelFunc: (call) => kernel(call) ?? upstream.kernelFunc(call) });
}

/** Tensors never change, so that a second one may stand for the same memory; upstream copies each one kept for the backward pass. */
function identity({ inputs: { x }, backend }: KernelCall): TensorInfo | undefined {
  if (x.dtype === 'string') return undefined;
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}

function replaceMatMul(registry: Registry): void {
  const upstream = registry.getKernel('BatchMatMul', 'wasm')!;
  let kernel: MatMulKernel;
  registry.unregisterKernel('BatchMatMul', 'wasm');
  registry.registerKernel({
    ...upstream,
    setupFunc(backend) {
      upstream.setupFunc?.(backend);
      kernel = backend.wasm.cwrap('BatchMatMul', null, MAT_MUL_SIGNATURE) as MatMulKernel;
    },
    kernelFunc(call) {
      const { a, b } = call.inputs;
      const shape = fastShape(a, b, call.attrs.transposeA === true, call.attrs.transposeB === true);
      if (shape === undefined) return upstream.kernelFunc(call);
      const own = tensorKernels(call.backend);
      return own ? multiply(call.backend, own, a, b, shape) : multiplyByViews(call.backend, kernel, a, b, shape);
    },
  });
}

/** A product with a bias; activations are left to upstream. */
function fusedMatMul({ inputs: { a, b, bias }, attrs, backend }: KernelCall): TensorInfo | undefined {
  if (attrs.activation !== 'linear') return undefined;
  const shape = fastShape(a, b, attrs.transposeA === true, attrs.transposeB === true);
  if (shape === undefined || (bias !== undefined && sizeOf(bias.shape) !== shape.columns)) return undefined;
  const own = tensorKernels(backend);
  return own && multiply(backend, own, a, b, shape, bias ? addressOf(backend, bias) : 0);
}
