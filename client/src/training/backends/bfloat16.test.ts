import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers } from '../testing.js';
import { addGradient } from '../model/gradient.js';
import { modelLayout, parameterCount, type ModelConfig } from '../model/layout.js';
import { createModel } from '../model/model.js';
import { BackendUnavailable, openBackend, type Backend } from './index.js';

const config: ModelConfig = {
  architecture: 'llama', vocabSize: 64, contextLength: 32, layers: 2, heads: 4, keyValueHeads: 2, headSize: 16, width: 64, hiddenWidth: 160,
  normEpsilon: '0.00001', ropeTheta: 10_000, tiedEmbeddings: true,
};

async function native(): Promise<Backend | undefined> {
  return openBackend({ backend: 'node' }).catch((error: unknown) => {
    if (error instanceof BackendUnavailable) return undefined;
    throw error;
  });
}

test('gradients with products in bfloat16 point where those in float32 do, and nothing is left behind', async (t) => {
  const backend = await native();
  if (!backend) return t.skip('tfjs-node is not installed');
  const next = numbers(1);
  const parameters = Float32Array.from({ length: parameterCount(modelLayout(config)) }, () => 0.2 * next());
  const sequences = [0, 1].map((s) => Int32Array.from({ length: 33 }, (_, i) => (i * i + 7 * s) % 64));
  const compute = async (): Promise<{ loss: number; gradient: Float32Array }> => {
    const model = createModel(backend, config);
    const uploaded = model.upload(parameters);
    const gradient = new Float32Array(parameters.length);
    const loss = await addGradient(backend, model, uploaded, sequences, 1, gradient);
    backend.tf.dispose(uploaded);
    model.dispose();
    return { loss, gradient };
  };
  const exact = await compute();
  const tensors = backend.tf.memory().numTensors;
  const rounding = await openBackend({ backend: 'node', precision: 'bfloat16' });
  assert.match(rounding.precision, /bfloat16/);
  const rounded = await compute();
  await native();
  assert.equal(backend.tf.memory().numTensors, tensors);
  assert.ok(Math.abs(rounded.loss - exact.loss) < 0.02, `${rounded.loss}, not ${exact.loss}`);
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
  const cosine = dot(exact.gradient, rounded.gradient) / Math.sqrt(dot(exact.gradient, exact.gradient) * dot(rounded.gradient, rounded.gradient));
  assert.ok(cosine > 0.999 && cosine < 1 - 1e-9, `cosine ${cosine}`);
  assert.deepEqual(await compute(), exact);
});

test('backends without it say so', async () => {
  await assert.rejects(openBackend({ backend: 'cpu', precision: 'bfloat16' }), { code: 'BACKEND_UNAVAILABLE', message: /float32 only/ });
});
