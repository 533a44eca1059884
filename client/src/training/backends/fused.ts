import type { Tensor, Tf } from './tensorflow.js';

/**
 * Steps of a transformer that a backend can do in one pass over memory. Gradients are given by functions of their own:
 * to be called inside a step whose gradient is written out, not differentiated.
 */
export interface FusedSteps {
  /** GELU by its tanh approximation. */
  gelu(x: Tensor): Tensor;
  geluGrad(dy: Tensor, x: Tensor): Tensor;
  /** Over the last axis. @returns the result, and each row's mean and 1/deviation for the gradient */
  layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): [y: Tensor, statistics: Tensor];
  layerNormGrad(dy: Tensor, x: Tensor, statistics: Tensor, gain: Tensor): [dx: Tensor, dgain: Tensor, dbias: Tensor];
  /** Softmax over the last axis of x + mask [1, rows, columns], for x [any, rows, columns]. */
  maskedSoftmax(x: Tensor, mask: Tensor): Tensor;
  /** The gradient of a softmax at its own result. */
  softmaxGrad(dp: Tensor, p: Tensor): Tensor;
  /** Queries, keys and values side by side [batch·length, 3·width] as [batch·heads, length, size] each, queries scaled. */
  splitHeads(qkv: Tensor, shape: HeadShape): [q: Tensor, k: Tensor, v: Tensor];
  splitHeadsGrad(dq: Tensor, dk: Tensor, dv: Tensor, shape: HeadShape): Tensor;
  /** [batch·heads, length, size] as [batch·length, width]. */
  mergeHeads(x: Tensor, shape: HeadShape): Tensor;
  mergeHeadsGrad(dy: Tensor, shape: HeadShape): Tensor;
}

export interface HeadShape {
  heads: number;
  length: number;
  scale: number;
}

/** Of the kernels' names in TensorFlow.js's registry and TensorFlow's own. */
export const FUSED_KERNELS = [
  'PsycheGelu', 'PsycheGeluGrad', 'PsycheLayerNorm', 'PsycheLayerNormGrad', 'PsycheMaskedSoftmax', 'PsycheSoftmaxGrad',
  'PsycheSplitHeads', 'PsycheSplitHeadsGrad', 'PsycheMergeHeads', 'PsycheMergeHeadsGrad',
] as const;

/** The fused steps of the backend in use; undefined where it has none and they are put together from smaller ones. */
export function fusedSteps(tf: Tf): FusedSteps | undefined {
  if (!tf.getKernel(FUSED_KERNELS[0], tf.getBackend())) return undefined;
  const run = <T>(name: (typeof FUSED_KERNELS)[number], inputs: Record<string, Tensor>, attributes: object = {}): T => tf.engine().runKernel(name, inputs, { ...attributes }) as T;
  return {
    gelu: (x) => run('PsycheGelu', { x }),
    geluGrad: (dy, x) => run('PsycheGeluGrad', { dy, x }),
    layerNorm: (x, gain, bias, epsilon) => run('PsycheLayerNorm', { x, gain, bias }, { epsilon }),
    layerNormGrad: (dy, x, statistics, gain) => run('PsycheLayerNormGrad', { dy, x, statistics, gain }),
    maskedSoftmax: (x, mask) => run('PsycheMaskedSoftmax', { x, mask }),
    softmaxGrad: (dp, p) => run('PsycheSoftmaxGrad', { dp, p }),
    splitHeads: (qkv, { heads, length, scale }) => run('PsycheSplitHeads', { qkv }, { heads, length, scale }),
    splitHeadsGrad: (dq, dk, dv, { heads, length, scale }) => run('PsycheSplitHeadsGrad', { dq, dk, dv }, { heads, length, scale }),
    mergeHeads: (x, { heads, length, scale }) => run('PsycheMergeHeads', { x }, { heads, length, scale }),
    mergeHeadsGrad: (dy, { heads, length, scale }) => run('PsycheMergeHeadsGrad', { dy }, { heads, length, scale }),
  };
}
