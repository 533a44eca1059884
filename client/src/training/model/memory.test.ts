import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend, type Backend } from '../backends/index.js';
import type { WasmBackend } from '../backends/wasm-heap.js';
import { numbers } from '../testing.js';
import { addGradient } from './gradient.js';
import { modelLayout, parameterCount, type ModelConfig } from './layout.js';
import { estimateMemory } from './memory.js';
import { planMemory } from './micro-batch.js';
import { createModel } from './model.js';

const gpt2: ModelConfig = { architecture: 'gpt2', vocabSize: 2048, contextLength: 64, layers: 3, heads: 4, width: 128 };
const rotary = { normEpsilon: '0.00001', ropeTheta: 10_000, tiedEmbeddings: true };
const llama: ModelConfig = {
  architecture: 'llama', vocabSize: 512, contextLength: 128, layers: 4, heads: 4, keyValueHeads: 2, headSize: 32, width: 128, hiddenWidth: 320, ...rotary,
};
const deepseek: ModelConfig = {
  architecture: 'deepseek_v3', vocabSize: 512, contextLength: 128, layers: 3, heads: 4, width: 128, hiddenWidth: 320,
  queryRank: 64, keyValueRank: 48, nopeHeadSize: 24, ropeHeadSize: 16, valueHeadSize: 32, ...rotary,
};

let backend: Backend;
before(async () => {
  backend = await openBackend({ backend: 'wasm' });
});

const heapBytes = (): number => (backend.tf.backend() as unknown as WasmBackend).wasm.HEAPU8.buffer.byteLength;

/** One gradient, for what it leaves the heap at: a heap never shrinks. */
async function compute(config: ModelConfig, batch: number, recompute: boolean): Promise<void> {
  const next = numbers(3);
  const parameters = Float32Array.from({ length: parameterCount(modelLayout(config)) }, () => 0.1 * next());
  const sequences = Array.from({ length: batch }, (_, s) => Int32Array.from({ length: config.contextLength + 1 }, (_, i) => (i * 7 + s) % config.vocabSize));
  const model = createModel(backend, config, { recompute });
  const uploaded = model.upload(parameters);
  await addGradient(backend, model, uploaded, sequences, 1, new Float32Array(parameters.length));
  backend.tf.dispose(uploaded);
  model.dispose();
}

test('the heap grows by no more than is estimated, and not by far less', async () => {
  const start = heapBytes();
  const cases = [gpt2, llama, deepseek].flatMap((config) => [true, false].map((recompute) => ({ config, recompute, estimate: estimateMemory(config, 4, recompute).total })));
  // From small to large, so that growth is always that of the case at hand.
  for (const { config, recompute, estimate } of cases.sort((a, b) => a.estimate - b.estimate)) {
    await compute(config, 4, recompute);
    const grown = heapBytes() - start;
    assert.ok(grown <= estimate, `${config.architecture}, recompute ${recompute}: the heap grew by ${grown}, estimated ${estimate}`);
  }
  assert.ok(heapBytes() - start > cases[cases.length - 1].estimate / 2.5, `the heap grew by ${heapBytes() - start} of ${cases[cases.length - 1].estimate}`);
});

test('a batch that does not fit is cut, then recomputed, then refused with what would fit', () => {
  const deep = { ...llama, layers: 24, contextLength: 1024 };
  const on = (mebibytes: number) => ({ kind: 'wasm' as const, name: 'wasm', memoryLimit: mebibytes * 2 ** 20 });
  const needs = (batch: number, recompute: boolean): number => Math.ceil(estimateMemory(deep, batch, recompute, 'wasm').total / 2 ** 20);
  assert.deepEqual({ ...planMemory(on(1e5), deep, 8), bytes: 0 }, { microBatch: 8, recompute: false, bytes: 0 });
  assert.deepEqual({ ...planMemory(on(needs(2, false)), deep, 8), bytes: 0 }, { microBatch: 2, recompute: false, bytes: 0 });
  assert.deepEqual({ ...planMemory(on(needs(1, true)), deep, 8), bytes: 0 }, { microBatch: 1, recompute: true, bytes: 0 });
  assert.throws(() => planMemory(on(needs(1, true) - 1), deep, 8), { code: 'MODEL_TOO_LARGE', message: /takes [\d.]+ GiB.* has [\d.]+ GiB\. A context of (512|256) would fit/ });
  assert.throws(() => planMemory(on(4), deep, 8), { code: 'MODEL_TOO_LARGE', message: /about 0\.\d+ million parameters would fit/ });
  assert.ok(planMemory({ kind: 'gpu', name: 'gpu' }, { ...llama, layers: 512 }, 4).microBatch === 4);
  const main = { kind: 'node' as const, name: 'node', memoryLimit: estimateMemory(llama, 1, true, 'node').total };
  assert.throws(() => planMemory(main, llama, 1), { code: 'MODEL_TOO_LARGE' });
  const least = Math.min(...[false, true].map((recompute) => estimateMemory(llama, 1, recompute, 'node').total));
  const roomy = { ...main, memoryLimit: least + 1e7 };
  assert.equal(planMemory(roomy, llama, 1, 1e7).microBatch, 1);
  assert.throws(() => planMemory(roomy, llama, 1, 1e7 + 1), { code: 'MODEL_TOO_LARGE' });
});

test('a model of 40 billion parameters is refused at once, on anything there is', () => {
  const large: ModelConfig = {
    architecture: 'deepseek_v3', vocabSize: 129_280, contextLength: 4096, layers: 48, heads: 64, width: 6144, hiddenWidth: 32_768,
    queryRank: 1536, keyValueRank: 512, nopeHeadSize: 128, ropeHeadSize: 64, valueHeadSize: 128, ...rotary, tiedEmbeddings: false,
  };
  assert.ok(parameterCount(modelLayout(large)) > 30e9);
  assert.throws(() => planMemory(backend, large, 4), { code: 'MODEL_TOO_LARGE', message: /billion parameters takes .* GiB/ });
  // A device of unknown size has room for anything; main memory has not.
  assert.throws(() => planMemory({ kind: 'webgpu', name: 'webgpu' }, large, 4, 2 ** 60), { code: 'MODEL_TOO_LARGE', message: /billion parameters take .* GiB of main memory, and this machine has/ });
});
