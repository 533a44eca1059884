import { FUSED_KERNELS } from './fused.js';
import type { Tensor, Tf } from './tensorflow.js';

/** The parts of tfjs-node's backend that the kernels use. */
interface NativeBackend {
  binding: { TF_ATTR_FLOAT: number; TF_ATTR_INT: number; TF_ATTR_TYPE: number; TF_ATTR_STRING: number; TF_FLOAT: number };
  executeSingleOutput(name: string, attributes: object[], inputs: Tensor[]): Tensor;
  executeMultipleOutputs(name: string, attributes: object[], inputs: Tensor[], outputs: number): Tensor[];
}
interface KernelCall {
  inputs: Record<string, Tensor>;
  attrs: Record<string, unknown>;
  backend: NativeBackend;
}
interface Kernel {
  kernelName: string;
  backendName: string;
  kernelFunc(call: KernelCall): unknown;
}
interface Registry {
  getKernel(name: string, backend: string): Kernel | undefined;
  registerKernel(kernel: Kernel): void;
  unregisterKernel(name: string, backend: string): void;
}

/** Which of a fused kernel's inputs come in what order, and how many results it has. */
const SIGNATURES: Record<(typeof FUSED_KERNELS)[number], [inputs: string[], outputs: number]> = {
  PsycheGelu: [['x'], 1],
  PsycheGeluGrad: [['dy', 'x'], 1],
  PsycheLayerNorm: [['x', 'gain', 'bias'], 2],
  PsycheLayerNormGrad: [['dy', 'x', 'statistics', 'gain'], 3],
  PsycheMaskedSoftmax: [['x', 'mask'], 1],
  PsycheSoftmaxGrad: [['dp', 'p'], 1],
  PsycheSplitHeads: [['qkv'], 3],
  PsycheSplitHeadsGrad: [['dq', 'dk', 'dv'], 1],
  PsycheMergeHeads: [['x'], 1],
  PsycheMergeHeadsGrad: [['dy'], 1],
};

/** Attributes that are whole numbers. */
const COUNTS = ['heads', 'length'];

/**
 * Adds what `npm run setup:native -- cpu` linked into the binding, where it did, and replaces the sum of a matrix's rows,
 * for which TensorFlow has an operation four times as fast. To be called with the backend in use; again is no harm.
 */
export function addNativeKernels(tf: Tf): void {
  const registry = tf as unknown as Registry;
  if (registry.getKernel(FUSED_KERNELS[0], 'tensorflow')) return;
  replaceSum(registry);
  if (!hasFused(tf)) return;
  for (const name of FUSED_KERNELS) {
    const [names, outputs] = SIGNATURES[name];
    registry.registerKernel({
      kernelName: name,
      backendName: 'tensorflow',
      kernelFunc({ inputs, attrs, backend }) {
        const { TF_ATTR_FLOAT, TF_ATTR_INT } = backend.binding;
        const attributes = Object.entries(attrs).map(([key, value]) => ({ name: key, type: COUNTS.includes(key) ? TF_ATTR_INT : TF_ATTR_FLOAT, value }));
        const results = backend.executeMultipleOutputs(name, attributes, names.map((n) => inputs[n]), outputs);
        return outputs === 1 ? results[0] : results;
      },
    });
  }
}

function hasFused(tf: Tf): boolean {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  const x = tf.tensor2d([[1]]);
  try {
    // A binding of an earlier version has some of them; the last added tells.
    const attributes = [{ name: 'heads', type: binding.TF_ATTR_INT, value: 1 }, { name: 'length', type: binding.TF_ATTR_INT, value: 1 }, { name: 'scale', type: binding.TF_ATTR_FLOAT, value: 1 }];
    backend.executeSingleOutput('PsycheMergeHeadsGrad', attributes, [x]).dispose();
    return true;
  } catch {
    return false;
  } finally {
    x.dispose();
  }
}

function replaceSum(registry: Registry): void {
  const upstream = registry.getKernel('Sum', 'tensorflow')!;
  registry.unregisterKernel('Sum', 'tensorflow');
  registry.registerKernel({
    ...upstream,
    kernelFunc(call) {
      const { x } = call.inputs;
      const axes = ([] as number[]).concat(call.attrs.axis as number | number[]);
      if (x.dtype !== 'float32' || x.shape.length !== 2 || axes.length !== 1 || axes[0] !== 0 || call.attrs.keepDims === true) return upstream.kernelFunc(call);
      const { binding } = call.backend;
      const attributes = [{ name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }, { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' }];
      return call.backend.executeSingleOutput('BiasAddGrad', attributes, [x]);
    },
  });
}
