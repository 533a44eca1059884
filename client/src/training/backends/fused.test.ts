import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from '../model/operations.js';
import { numbers } from '../testing.js';
import { fusedSteps } from './fused.js';
import { BackendUnavailable, openBackend, type Backend, type Tensor, type Tf } from './index.js';

type Random = (shape: number[]) => Tensor;

/** A result and the gradients with respect to its inputs, put together on the plain backend and fused on the native one. */
const STEPS: Record<string, { inputs: number[][]; step: (tf: Tf, inputs: Tensor[]) => Tensor }> = {
  gelu: { inputs: [[70, 33]], step: (tf, [x]) => operations(tf).gelu(tf.mul(x, 6)) },
  'layer norm': { inputs: [[70, 33], [33], [33]], step: (tf, [x, gain, bias]) => operations(tf).layerNorm(x, gain, bias, 1e-5) },
  attention: {
    inputs: [[2 * 19, 3 * 8]],
    step: (tf, [qkv]) => {
      const mask = tf.tensor(Float32Array.from({ length: 19 * 19 }, (_, i) => (i % 19 > Math.floor(i / 19) ? -1e9 : 0)), [1, 19, 19]);
      return operations(tf).attention(tf.mul(qkv, 3), mask, { batch: 2, length: 19, heads: 2, size: 4 });
    },
  },
  linear: { inputs: [[70, 9], [9, 33], [33]], step: (tf, [x, w, b]) => operations(tf).linear(x, w, b) },
};

async function results(tf: Tf, name: string): Promise<Float32Array[]> {
  const { inputs, step } = STEPS[name];
  const next = numbers(7);
  const random: Random = (shape) => tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next), shape);
  const tensors = inputs.map(random);
  const weights = tf.tidy(() => random(step(tf, tensors).shape));
  const { value, grads } = tf.valueAndGrads((...all) => tf.sum(tf.mul(step(tf, all), weights)) as never)(tensors);
  const found = await Promise.all([value, ...grads].map(async (t) => (await t.data()) as Float32Array));
  tf.dispose([...tensors, weights, value, ...grads]);
  return found;
}

test('fused steps and their gradients are those put together from smaller ones', async (t) => {
  let backend: Backend;
  try {
    backend = await openBackend({ backend: 'node' });
  } catch (error) {
    if (error instanceof BackendUnavailable) return t.skip('tfjs-node is not installed here');
    throw error;
  }
  const { tf } = backend;
  if (!fusedSteps(tf)) return t.skip('tfjs-node is here, but not by npm run setup:native');
  for (const name of Object.keys(STEPS)) {
    await openBackend({ backend: 'cpu' });
    assert.equal(fusedSteps(tf), undefined);
    const wanted = await results(tf, name);
    await tf.setBackend('tensorflow');
    const found = await results(tf, name);
    wanted.forEach((values, i) => {
      const scale = Math.max(...values.map(Math.abs));
      values.forEach((v, j) => assert.ok(Math.abs(v - found[i][j]) <= 2e-5 * scale, `${name}, result ${i}, number ${j}: ${v} put together, ${found[i][j]} fused`));
    });
  }
});
