import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend, type Backend } from '../backends/index.js';
import { numbers } from '../testing.js';
import { cosineAndSine, exp, ln } from './elementary.js';
import { sampleTokens } from './generate.js';
import { initialWeights } from './initialize.js';
import { modelLayout, parameterCount, type ModelConfig } from './layout.js';
import { createModel } from './model.js';
import { ropeFrequencies } from './rope.js';

const rotary = { normEpsilon: '0.00001', ropeTheta: 10_000 };
const gpt2: ModelConfig = { architecture: 'gpt2', vocabSize: 32, contextLength: 24, layers: 2, heads: 2, width: 16 };
const llama: ModelConfig = {
  architecture: 'llama', vocabSize: 32, contextLength: 24, layers: 2, heads: 4, keyValueHeads: 2, headSize: 8, width: 16, hiddenWidth: 24, ...rotary, tiedEmbeddings: true,
};
const deepseek: ModelConfig = {
  architecture: 'deepseek_v3', vocabSize: 32, contextLength: 24, layers: 2, heads: 2, width: 16, hiddenWidth: 24,
  keyValueRank: 8, nopeHeadSize: 6, ropeHeadSize: 4, valueHeadSize: 8, ...rotary, tiedEmbeddings: false,
};
const END = 31;

let backend: Backend;
before(async () => {
  backend = await openBackend({ backend: 'wasm' });
});

function weights(config: ModelConfig): Float32Array {
  const next = numbers(5);
  return Float32Array.from({ length: parameterCount(modelLayout(config)) }, () => 0.6 * next());
}

function logitsOf(config: ModelConfig, tokens: number[], separator?: number, rows?: number[]): Float32Array {
  const model = createModel(backend, config, { separator });
  const uploaded = model.upload(weights(config));
  const logits = model.logits(uploaded, Int32Array.from(tokens), 1, tokens.length, rows && Int32Array.from(rows));
  const values = logits.dataSync() as Float32Array;
  backend.tf.dispose([logits, ...uploaded]);
  model.dispose();
  return values.slice();
}

const distance = (a: Float32Array, b: Float32Array): number => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);

test('behind a separator a document is read as if it stood alone', () => {
  const first = [3, 1, 4, 1, 5, END];
  const second = [9, 2, 6, 5, 3, 5, 8, END];
  const tail = 32 * first.length;
  for (const config of [llama, deepseek]) {
    // Rotary scores depend on distances alone, so not even the position matters.
    const alone = logitsOf(config, second, END);
    assert.ok(distance(logitsOf(config, [...first, ...second], END).subarray(tail), alone) < 1e-4, config.architecture);
    assert.ok(distance(logitsOf(config, [...first, ...second]).subarray(tail), alone) > 1e-2, config.architecture);
  }
  const other = [7, 7, 7, 7, 7, END];
  assert.equal(distance(logitsOf(gpt2, [...first, ...second], END).subarray(tail), logitsOf(gpt2, [...other, ...second], END).subarray(tail)), 0);
});

test('logits of chosen rows are those rows', () => {
  const tokens = [3, 1, 4, 1, 5, 9];
  for (const config of [gpt2, llama, deepseek]) {
    const all = logitsOf(config, tokens);
    const some = logitsOf(config, tokens, undefined, [5, 2]);
    assert.ok(distance(some, Float32Array.from([...all.subarray(5 * 32), ...all.subarray(2 * 32, 3 * 32)])) < 1e-5);
  }
});

test('samples are the same for the same seed, the likeliest without temperature, and never of an unknown token', async () => {
  const pause = async (): Promise<void> => {};
  for (const config of [llama, deepseek]) {
    const model = createModel(backend, config);
    const parameters = weights(config);
    const prompt = Int32Array.of(3, 1, 4);
    const drawn = (options: object): Promise<Int32Array> => sampleTokens(backend, model, parameters, prompt, 30, { seed: 7, ...options }, pause);
    assert.deepEqual(await drawn({}), await drawn({}));
    assert.notDeepEqual(await drawn({}), await drawn({ seed: 8 }));
    const greedy = await drawn({ temperature: 0 });
    assert.deepEqual(await drawn({ topK: 1 }), greedy);
    const logits = logitsOf(config, [3, 1, 4], undefined, [2]);
    assert.equal(greedy[0], logits.indexOf(Math.max(...logits)));
    assert.equal((await drawn({ temperature: 0, stop: greedy[0] })).length, 0);
    await assert.rejects(sampleTokens(backend, model, parameters, Int32Array.of(32), 1, { seed: 1 }, pause), { code: 'TOKEN_OUT_OF_RANGE' });
    await assert.rejects(sampleTokens(backend, model, parameters, new Int32Array(0), 1, { seed: 1 }, pause), { code: 'PROMPT_EMPTY' });
    model.dispose();
  }
});

test('sequences beyond the context, and tokens beyond the vocabulary, are refused', () => {
  assert.throws(() => logitsOf(llama, Array.from({ length: 25 }, () => 1)), { code: 'SEQUENCE_TOO_LONG' });
  const model = createModel(backend, llama);
  const uploaded = model.upload(weights(llama));
  assert.throws(() => model.loss(uploaded, [Int32Array.of(1, 2, 32)]), { code: 'TOKEN_OUT_OF_RANGE' });
  assert.throws(() => model.loss(uploaded, [Int32Array.of(-1, 2, 3)]), { code: 'TOKEN_OUT_OF_RANGE' });
  backend.tf.dispose(uploaded);
});

test('initial weights of every family are its own, with gains of one', () => {
  for (const config of [llama, deepseek]) {
    const layout = modelLayout(config);
    const initial = initialWeights(Buffer.alloc(32, 1), config, layout);
    for (const { name, shape, offset, size } of layout) {
      const values = initial.subarray(offset, offset + size);
      if (shape.length === 1) assert.ok(values.every((v) => v === 1), name);
      else assert.ok(Math.hypot(...values) / Math.sqrt(size) > 0.1, name);
    }
  }
});

test('logarithms, exponentials and angles agree with the engine to the last digits', () => {
  const next = numbers(4);
  for (let i = 0; i < 2000; i++) {
    const x = Math.exp(20 * next());
    assert.ok(Math.abs(ln(x) - Math.log(x)) < 1e-14);
    const y = 30 * next();
    assert.ok(Math.abs(exp(y) / Math.exp(y) - 1) < 1e-14);
    const z = 2 ** 20 * next();
    const [cosine, sine] = cosineAndSine(z);
    assert.ok(Math.abs(cosine - Math.cos(z)) < 1e-14 && Math.abs(sine - Math.sin(z)) < 1e-14);
  }
});

test('rotary frequencies: stretched ones are slower, the fastest of llama3 and yarn stay', () => {
  const plain = ropeFrequencies(rotary, 64);
  assert.equal(plain.frequencies[0], 1);
  assert.equal(plain.amplitude, 1);
  const linear = ropeFrequencies({ ...rotary, ropeScaling: { kind: 'linear', factor: '4' } }, 64);
  assert.deepEqual(linear.frequencies, plain.frequencies.map((f) => f / 4));
  const originalContextLength = 2048;
  const llama3 = ropeFrequencies({ ...rotary, ropeScaling: { kind: 'llama3', factor: '4', lowFrequencyFactor: '1', highFrequencyFactor: '4', originalContextLength } }, 64);
  const yarn = ropeFrequencies({ ...rotary, ropeScaling: { kind: 'yarn', factor: '4', originalContextLength } }, 64);
  for (const { frequencies } of [llama3, yarn]) {
    assert.equal(frequencies[0], 1);
    assert.ok(Math.abs(frequencies[31] / linear.frequencies[31] - 1) < 1e-6);
    frequencies.forEach((f, i) => assert.ok(f <= plain.frequencies[i] && f >= linear.frequencies[i] * (1 - 1e-6)));
  }
  assert.ok(Math.abs(yarn.amplitude - (0.1 * Math.log(4) + 1)) < 1e-6);
});
