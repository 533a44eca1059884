import { BackendUnavailable, type Backend, type Precision } from './backend.js';
import type { Tf } from './tensorflow.js';
import type { TensorInfo } from './wasm-heap.js';

/** TensorFlow's number for the type, which tfjs-node has no name for (tensorflow/core/framework/types.proto). */
const DT_BFLOAT16 = 14;

/** The parts of tfjs-node's backend that hand operations to TensorFlow as they are. */
interface NativeBackend {
  binding: {
    TF_FLOAT: number;
    TF_ATTR_TYPE: number;
    TF_ATTR_BOOL: number;
    executeOp(name: string, attributes: object[], inputs: number[], outputs: number): { id: number }[];
    deleteTensor(id: number): void;
  };
  getInputTensorIds(tensors: TensorInfo[]): number[];
  createOutputTensor(made: { id: number }): TensorInfo;
}
interface Kernel {
  kernelName: string;
  backendName: string;
  kernelFunc: (call: { inputs: { a: TensorInfo; b: TensorInfo }; attrs: { transposeA?: boolean; transposeB?: boolean }; backend: NativeBackend }) => TensorInfo;
}
interface Registry {
  getKernel(name: string, backend: string): Kernel | undefined;
  registerKernel(kernel: Kernel): void;
  unregisterKernel(name: string, backend: string): void;
}

/** Undoes what the last opened backend of this process was set to. */
let undo: (() => void) | undefined;

/**
 * A backend whose products are formed in the wanted precision; the last one opened decides for the process.
 * @throws BackendUnavailable
 */
export function inPrecision(backend: Backend, precision: Precision = 'float32'): Backend {
  undo?.();
  undo = undefined;
  if (precision === 'float32') return backend;
  if (backend.kind !== 'node' && backend.kind !== 'gpu') {
    throw new BackendUnavailable(backend.kind, 'it computes in float32 only', 'Leave bfloat16 away, or run `npm run setup:native -- cpu|gpu`.', true);
  }
  undo = multiplyInBfloat16(backend.tf);
  return { ...backend, precision: 'float32, products in bfloat16', reproducible: false };
}

/**
 * Makes tfjs-node and tfjs-node-gpu form matrix products of bfloat16 numbers, summed in float32 inside a product, as
 * PyTorch's autocast does; everything else, parameters and gradients included, stays float32. TensorFlow.js itself has no
 * half-precision tensors, so both factors are converted on their way in and the product on its way out.
 *
 * bfloat16 has float32's range: gradients neither overflow nor vanish and need no scaling, which float16 would.
 * @returns a function that undoes it
 */
export function multiplyInBfloat16(tf: Tf): () => void {
  const registry = tf as unknown as Registry;
  const upstream = registry.getKernel('BatchMatMul', 'tensorflow')!;
  const replace = (kernel: Kernel): void => {
    registry.unregisterKernel('BatchMatMul', 'tensorflow');
    registry.registerKernel(kernel);
  };
  replace({
    ...upstream,
    kernelFunc(call) {
      const { inputs: { a, b }, attrs, backend } = call;
      return a.dtype === 'float32' && b.dtype === 'float32' ? multiply(backend, a, b, attrs.transposeA === true, attrs.transposeB === true) : upstream.kernelFunc(call);
    },
  });
  return () => replace(upstream);
}

function multiply(backend: NativeBackend, a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean): TensorInfo {
  const { binding } = backend;
  const type = (name: string, value: number): object => ({ name, type: binding.TF_ATTR_TYPE, value });
  const flag = (name: string, value: boolean): object => ({ name, type: binding.TF_ATTR_BOOL, value });
  const cast = (id: number, from: number, to: number): { id: number } => binding.executeOp('Cast', [type('SrcT', from), type('DstT', to), flag('Truncate', false)], [id], 1)[0];
  // Nothing here is a tensor to TensorFlow.js, which would refuse the type, so nothing else frees it.
  const own: number[] = [];
  try {
    for (const id of backend.getInputTensorIds([a, b])) own.push(cast(id, binding.TF_FLOAT, DT_BFLOAT16).id);
    const [product] = binding.executeOp('BatchMatMulV2', [type('T', DT_BFLOAT16), flag('adj_x', transposeA), flag('adj_y', transposeB)], own, 1);
    own.push(product.id);
    return backend.createOutputTensor(cast(product.id, DT_BFLOAT16, binding.TF_FLOAT));
  } finally {
    for (const id of own) binding.deleteTensor(id);
  }
}
