import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import { openBackend, type Backend } from '../backends/index.js';
import { numbers, smallManifest } from '../testing.js';
import { addGradient } from './gradient.js';
import { initialWeights } from './initialize.js';
import { modelLayout, parameterCount } from './layout.js';
import { createModel, type Model } from './model.js';
import { referenceLoss } from './reference.js';

const { model: config } = smallManifest();
const layout = modelLayout(config);
const next = numbers(9);
// Far from the initial weights, so that every term of every gradient matters.
const parameters = Float32Array.from({ length: parameterCount(layout) }, () => 0.3 * next());
const sequences = [1, 2].map((s) => Int32Array.from({ length: 9 }, (_, i) => (s * 37 + i * i * 11) % 256));

let backend: Backend;
let model: Model;
before(async () => {
  backend = await openBackend({ backend: 'wasm' });
  model = createModel(backend, config);
});

test('the loss equals the plain reference', () => {
  const expected = referenceLoss(config, layout, parameters, sequences);
  const uploaded = model.upload(parameters);
  const loss = backend.tf.tidy(() => model.loss(uploaded, sequences).dataSync()[0]);
  uploaded.forEach((t) => t.dispose());
  assert.ok(Math.abs(loss - expected) < 1e-4, `${loss} is not ${expected}`);
});

test("every tensor's gradient equals the reference's difference quotient", async () => {
  const uploaded = model.upload(parameters);
  const gradient = new Float32Array(parameters.length);
  await addGradient(backend, model, uploaded, sequences, 1, gradient);
  uploaded.forEach((t) => t.dispose());
  for (const spec of layout) {
    // Along the tensor's own gradient, where the slope is steepest and is the gradient's norm.
    const own = gradient.subarray(spec.offset, spec.offset + spec.size);
    const length = Math.hypot(...own);
    assert.ok(length > 1e-6, spec.name);
    const moved = (distance: number): number => {
      const there = Float64Array.from(parameters);
      own.forEach((g, i) => (there[spec.offset + i] += (distance * g) / length));
      return referenceLoss(config, layout, there, sequences);
    };
    const slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
    assert.ok(Math.abs(slope - length) < 2e-3 * length + 1e-5, `${spec.name}: slope ${slope}, norm ${length}`);
  }
});

test('gradients of micro-batches add up to that of the batch, and nothing stays on the backend', async () => {
  const uploaded = model.upload(parameters);
  const whole = new Float32Array(parameters.length);
  await addGradient(backend, model, uploaded, sequences, 1, whole);
  const tensors = backend.tf.memory().numTensors;
  const parts = new Float32Array(parameters.length);
  for (const sequence of sequences) await addGradient(backend, model, uploaded, [sequence], 0.5, parts);
  assert.equal(backend.tf.memory().numTensors, tensors);
  whole.forEach((g, i) => assert.ok(Math.abs(g - parts[i]) < 1e-5));
  uploaded.forEach((t) => t.dispose());
});

test('initial weights are the golden ones and spread as wanted', () => {
  const demo = { architecture: 'gpt2' as const, vocabSize: 256, contextLength: 128, layers: 4, heads: 4, width: 128 };
  const demoLayout = modelLayout(demo);
  assert.equal(parameterCount(demoLayout), 842_496);
  const weights = initialWeights(Buffer.alloc(32, 0x11), demo, demoLayout);
  assert.equal(createHash('sha256').update(new Uint8Array(weights.buffer)).digest('hex'), '3816d02a34a50cfc38225eafa52d6c646c0e24075146e774b255c81f88b34e2f');
  const deviation = (name: string): number => {
    const { offset, size } = demoLayout.find((s) => s.name === name)!;
    return Math.sqrt(weights.subarray(offset, offset + size).reduce((sum, w) => sum + w * w, 0) / size);
  };
  assert.ok(Math.abs(deviation('transformer.wte.weight') - 1 / Math.sqrt(128)) < 1e-3);
  assert.ok(Math.abs(deviation('transformer.h.3.mlp.c_proj.weight') - 1 / Math.sqrt(128 * 8)) < 5e-4);
  assert.ok(Math.abs(deviation('transformer.wpe.weight') - 0.02) < 2e-4);
  assert.equal(deviation('transformer.h.0.ln_1.weight'), 1);
  assert.equal(deviation('transformer.h.0.ln_1.bias'), 0);
});
