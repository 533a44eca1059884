import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { openBackend, type Backend, type Tensor } from '../backends/index.js';
import { decodeConfig } from '../checkpoint/config-json.js';
import { numbers } from '../testing.js';
import { addGradient } from './gradient.js';
import { modelLayout, parameterCount, type TensorSpec } from './layout.js';
import { createModel, type Model } from './model.js';

/*
 * The models beside transformers': tests/golden/models.json holds what PyTorch makes of weights that both sides make
 * alike (tests/pytorch/models.py).
 */
interface Case {
  config: Record<string, unknown>;
  seed: number;
  tokens: number[][];
  loss: number;
  logits: string;
  gradients: Record<string, string>;
}
const { cases } = JSON.parse(readFileSync(new URL('../../../../tests/golden/models.json', import.meta.url), 'utf8')) as { cases: Record<string, Case> };

const unpack = (text: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
const largest = (values: Float32Array): number => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
const difference = (a: Float32Array, b: Float32Array): number => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);

let backend: Backend;
before(async () => {
  backend = await openBackend({ backend: 'wasm' });
});

for (const [name, golden] of Object.entries(cases)) {
  test(`${name}: logits and every gradient are transformers'`, async () => {
    const config = decodeConfig(JSON.stringify(golden.config));
    const layout = modelLayout(config);
    assert.deepEqual(layout.map((spec) => spec.name).sort(), Object.keys(golden.gradients).sort());
    const parameters = weights(layout, golden.seed);
    const sequences = golden.tokens.map((row) => Int32Array.from(row));
    for (const recompute of [false, true]) {
      const model = createModel(backend, config, { recompute });
      const uploaded = model.upload(parameters);
      if (!recompute) await checkLogits(model, uploaded, sequences, unpack(golden.logits));
      const gradient = new Float32Array(parameters.length);
      const loss = await addGradient(backend, model, uploaded, sequences, 1, gradient);
      assert.ok(Math.abs(loss - golden.loss) < 1e-5, `loss ${loss}, not ${golden.loss}`);
      for (const { name, offset, size } of layout) {
        const expected = unpack(golden.gradients[name]);
        const off = difference(gradient.subarray(offset, offset + size), expected);
        assert.ok(off < 1e-5 + 1e-4 * largest(expected), `${name}: off by ${off} of ${largest(expected)}`);
      }
      for (const tensor of uploaded) tensor.dispose();
      model.dispose();
    }
    assert.equal(backend.tf.memory().numTensors, 0);
  });
}

async function checkLogits(model: Model, uploaded: readonly Tensor[], sequences: readonly Int32Array[], expected: Float32Array): Promise<void> {
  const length = sequences[0].length - 1;
  const inputs = Int32Array.from(sequences.flatMap((s) => [...s.subarray(0, length)]));
  const logits = model.logits(uploaded, inputs, sequences.length, length);
  const off = difference((await logits.data()) as Float32Array, expected);
  logits.dispose();
  assert.ok(off < 1e-4, `logits are off by ${off}`);
}

/** As `fill` in tests/pytorch/models.py: tensors by name, numbers in order. */
function weights(layout: readonly TensorSpec[], seed: number): Float32Array {
  const parameters = new Float32Array(parameterCount(layout));
  const next = numbers(seed);
  for (const { name, shape, offset, size } of [...layout].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const [scale, center] = shape.length === 2 ? [0.6, 0] : [0.25, name.endsWith('bias') ? 0 : 1];
    for (let i = 0; i < size; i++) parameters[offset + i] = next() * scale + center;
  }
  return parameters;
}
