import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackend } from './backends/index.js';
import { BatchGradient } from './batch-gradient.js';
import { initialWeights } from './model/initialize.js';
import { createModel } from './model/model.js';
import { smallManifest } from './testing.js';

const { model: config } = smallManifest();
const sequence = (s: number): Int32Array => Int32Array.from({ length: 17 }, (_, i) => (s * 37 + i * i * 11) % 256);

test('threads add up to the same bits as one, pass errors on and go on after them', async () => {
  const backend = await openBackend({ backend: 'wasm', threads: 2 });
  assert.equal(backend.name, 'wasm (SIMD, 2 threads)');
  const model = createModel(backend, config, { separator: 74 });
  const parameters = initialWeights(new Uint8Array(32).fill(3), config, model.layout);
  const one = new BatchGradient({ ...backend, threads: 1 }, model, 2, Infinity);
  const two = new BatchGradient(backend, model, 2, Infinity);
  try {
    for (const count of [5, 2, 7]) {
      const sequences = Array.from({ length: count }, (_, i) => sequence(i));
      const losses = [await one.compute(parameters, sequences), await two.compute(parameters, sequences)];
      assert.equal(losses[0], losses[1]);
      assert.ok(Buffer.from(one.gradient.buffer).equals(Buffer.from(two.gradient.buffer)), `${count} sequences`);
      // The next gradient is at other parameters: threads must not keep the old ones.
      for (let i = 0; i < parameters.length; i++) parameters[i] -= one.gradient[i];
    }
    const wrong = [sequence(0), sequence(1), sequence(2), Int32Array.from(sequence(3), (t) => t + 200)];
    await assert.rejects(two.compute(parameters, wrong), { name: 'TrainingError', code: 'TOKEN_OUT_OF_RANGE' });
    const controller = new AbortController();
    const under = two.compute(parameters, Array.from({ length: 8 }, (_, i) => sequence(i)), controller.signal);
    controller.abort(new Error('stop'));
    await assert.rejects(under, { message: 'stop' });
    const right = wrong.slice(0, 3);
    assert.equal(await two.compute(parameters, right), await one.compute(parameters, right));
  } finally {
    await two.close();
  }
  await assert.rejects(two.compute(parameters, [sequence(0), sequence(1), sequence(2)]), { code: 'GRADIENT_THREAD' });
});
