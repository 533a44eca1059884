import type { Scalar } from '@tensorflow/tfjs';
import type { Backend, Tensor } from '../backends/index.js';
import type { Model } from './model.js';

/**
 * The loss of one micro-batch; its gradient times `weight` is added to `gradient` (flat, in the layout's order). Nothing
 * is left on the backend.
 */
export async function addGradient(backend: Backend, model: Model, parameters: readonly Tensor[], sequences: readonly Int32Array[], weight: number, gradient: Float32Array): Promise<number> {
  const { tf } = backend;
  const { value, grads } = tf.tidy(() => tf.valueAndGrads((...inputs) => model.loss(inputs, sequences) as Scalar)(parameters as Tensor[]));
  try {
    const reads = await Promise.all(grads.map((g) => g.data()));
    const [loss] = await value.data();
    reads.forEach((numbers, i) => {
      const { offset, size } = model.layout[i];
      for (let j = 0; j < size; j++) gradient[offset + j] += weight * numbers[j];
    });
    return loss;
  } finally {
    value.dispose();
    for (const g of grads) g.dispose();
  }
}

/** The Euclidean norm, in double precision; not finite if any number is not. */
export function norm(gradient: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += gradient[i] * gradient[i];
  return Math.sqrt(sum);
}

/** Scales a gradient whose norm is above `limit` down to it; one that is not finite stays. @returns the norm it had */
export function clipNorm(gradient: Float32Array, limit: number): number {
  const length = norm(gradient);
  if (length <= limit || !Number.isFinite(length)) return length;
  const scale = limit / length;
  for (let i = 0; i < gradient.length; i++) gradient[i] *= scale;
  return length;
}
