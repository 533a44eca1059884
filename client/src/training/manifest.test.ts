import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManifestError } from './errors.js';
import { encodeManifest, type LlamaConfig, parseManifest } from './manifest.js';
import { ropeFrequencies } from './model/rope.js';
import { smallManifest } from './testing.js';

const text = (change: (m: Record<string, any>) => void): string => {
  const manifest = JSON.parse(encodeManifest(smallManifest())) as Record<string, any>;
  change(manifest);
  return JSON.stringify(manifest);
};

test('a manifest comes back as it was, whatever the order of its fields', () => {
  const canonical = encodeManifest(smallManifest());
  assert.deepEqual(parseManifest(canonical), smallManifest());
  const reversed = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(canonical) as object).reverse()), null, 2);
  assert.equal(encodeManifest(parseManifest(reversed)), canonical);
});

test('every field that is missing, mistyped or out of bounds is named', () => {
  const cases: [string, (m: Record<string, any>) => void][] = [
    ['version', (m) => (m.version = 2)],
    ['model', (m) => delete m.model],
    ['model.architecture', (m) => (m.model.architecture = 'gpt3')],
    ['model.width', (m) => (m.model.width = 2 ** 20)],
    ['model.width', (m) => (m.model.heads = 3)],
    ['model.vocabSize', (m) => (m.model.vocabSize = 100)],
    ['model.layers', (m) => (m.model.layers = 1.5)],
    ['model.extra', (m) => (m.model.extra = 1)],
    ['initialization.seed', (m) => (m.initialization.seed = 'ab')],
    ['data.sha256', (m) => (m.data.sha256 = 'Z'.repeat(64))],
    ['data.name', (m) => (m.data.name = 'a\u001b[2J')],
    ['data.bytes', (m) => (m.data.bytes = -1)],
    ['tokenizer.kind', (m) => (m.tokenizer.kind = 'words')],
    ['optimizer.compressionDecay', (m) => (m.optimizer.compressionDecay = 0.9)],
    ['optimizer.compressionDecay', (m) => (m.optimizer.compressionDecay = '1.1')],
    ['optimizer.compressionTopk', (m) => (m.optimizer.compressionTopk = 0)],
    ['optimizer.quantize1Bit', (m) => (m.optimizer.quantize1Bit = 'yes')],
    ['optimizer.gradientClip', (m) => (m.optimizer.gradientClip = '0')],
    ['schedule.kind', (m) => (m.schedule.kind = 'square')],
    ['schedule.baseLearningRate', (m) => (m.schedule.baseLearningRate = '1e-3')],
    ['hashInterval', (m) => (m.hashInterval = 0)],
    ['schedule', (m) => (m.schedule = [])],
  ];
  for (const [field, change] of cases) {
    assert.throws(() => parseManifest(text(change)), (e: unknown) => e instanceof ManifestError && e.message.includes(`: ${field} `), field);
  }
});

test('rotary settings that would give angles that are no numbers are refused', () => {
  const scaled = (ropeScaling?: object, more: object = {}) => text((m) => (m.model = { architecture: 'llama', ...COMMON, ...ROTARY, keyValueHeads: 2, headSize: 8, ...(ropeScaling ? { ropeScaling } : {}), ...more }));
  const llama3 = { kind: 'llama3', factor: '8', lowFrequencyFactor: '1', highFrequencyFactor: '4', originalContextLength: 8 };
  const cases: [string, string][] = [
    ['model.ropeTheta', scaled(undefined, { ropeTheta: 1 })],
    ['model.ropeScaling.factor', scaled({ kind: 'linear', factor: '0.999' })],
    ['model.ropeScaling.factor', scaled({ kind: 'yarn', factor: '0', originalContextLength: 8 })],
    ['model.ropeScaling.highFrequencyFactor', scaled({ ...llama3, lowFrequencyFactor: '4.0' })],
    ['model.ropeScaling.highFrequencyFactor', scaled({ ...llama3, lowFrequencyFactor: '5' })],
    ['model.ropeScaling.lowFrequencyFactor', scaled({ ...llama3, lowFrequencyFactor: '0' })],
  ];
  for (const [field, manifest] of cases) assert.throws(() => parseManifest(manifest), (e: unknown) => e instanceof ManifestError && e.message.includes(`: ${field} `), field);
  // What is left does, at its bounds too.
  for (const ropeTheta of [2, 10_000, 2 ** 40]) {
    for (const factor of ['1', '16384']) {
      for (const originalContextLength of [1, 2 ** 20]) {
        const tiny = '0.000000000000000001';
        for (const ropeScaling of [
          { kind: 'linear', factor }, { ...llama3, factor, originalContextLength }, { kind: 'yarn', factor, originalContextLength },
          { kind: 'yarn', factor, originalContextLength, betaFast: tiny, betaSlow: '16384', mscale: '16384', mscaleAllDim: tiny },
          { kind: 'yarn', factor, originalContextLength, betaFast: '16384', betaSlow: tiny, mscale: tiny, mscaleAllDim: '16384' },
        ]) {
          const { model } = parseManifest(scaled(ropeScaling, { ropeTheta }));
          const { frequencies, amplitude } = ropeFrequencies(model as LlamaConfig, 8);
          assert.ok([...frequencies].every((f) => f >= 0 && f <= 1) && Number.isFinite(amplitude), JSON.stringify(model));
        }
      }
    }
  }
});

test('texts that are no manifest at all give the same typed error', () => {
  for (const bad of ['', '{', 'null', '[]', '"x"', '1', ' '.repeat(5000), '{"__proto__":{}}']) {
    assert.throws(() => parseManifest(bad), ManifestError);
  }
});

const HASH = 'ab'.repeat(32);
const ROTARY = { hiddenWidth: 64, normEpsilon: '0.00001', ropeTheta: 10_000, tiedEmbeddings: false };
const COMMON = { vocabSize: 300, contextLength: 16, layers: 2, heads: 4, width: 32 };
const ADAM = { beta1: '0.9', beta2: '0.95', epsilon: '0.00000001', weightDecay: '0.1' };

test('every architecture, optimizer, schedule and kind of data comes back as it was', () => {
  const variants: Record<string, unknown>[] = [
    { model: { architecture: 'llama', ...COMMON, ...ROTARY, keyValueHeads: 2, headSize: 8, ropeScaling: { kind: 'linear', factor: '2' } } },
    { model: { architecture: 'llama', ...COMMON, ...ROTARY, keyValueHeads: 2, headSize: 8, ropeScaling: { kind: 'llama3', factor: '8', lowFrequencyFactor: '1', highFrequencyFactor: '4', originalContextLength: 8 } } },
    { model: { architecture: 'deepseek_v3', ...COMMON, ...ROTARY, queryRank: 24, keyValueRank: 16, nopeHeadSize: 8, ropeHeadSize: 4, valueHeadSize: 8, ropeScaling: { kind: 'yarn', factor: '4', originalContextLength: 8, mscale: '1', mscaleAllDim: '1' } } },
    { initialization: { kind: 'checkpoint', seed: HASH, location: 'hf://owner/name@main', root: HASH } },
    { data: { kind: 'mixture', heldOutPermille: 1, separateDocuments: true, sources: [{ name: 'a', weight: 3, index: HASH, tokens: 1e9, bytes: 2e9, location: 'https://example.org/a' }, { name: 'b', weight: 1, index: HASH, tokens: 5, bytes: 10 }] }, tokenizer: { kind: 'tokenizer.json', sha256: HASH, bytes: 1000, endOfText: 0, location: 'hf://owner/name/tokenizer.json' } },
    { optimizer: { kind: 'adamw', ...ADAM, gradientClip: '1' } },
    { optimizer: { kind: 'sparseloco', localSteps: 30, outerLearningRate: '1', errorDecay: '0.95', compressionTopk: 64, compressionChunk: 64, ...ADAM } },
    { schedule: { kind: 'wsd', baseLearningRate: '0.001', warmupSteps: 5, totalSteps: 100, finalLearningRate: '0', decaySteps: 20 } },
  ];
  for (const variant of variants) {
    const whole = { ...smallManifest(), ...variant };
    assert.deepEqual(JSON.parse(encodeManifest(whole as never)), whole);
    // Each field of a variant is needed, or known to be optional.
    for (const [part, fields] of Object.entries(variant)) {
      for (const key of Object.keys(fields as object)) {
        const broken = text((m) => Object.assign(m, structuredClone(variant), { [part]: { ...(variant[part] as object), [key]: { odd: true } } }));
        assert.throws(() => parseManifest(broken), (e: unknown) => e instanceof ManifestError && e.message.includes(`${part}.${key}`), `${part}.${key}`);
      }
    }
  }
});

test('parts that do not fit each other are refused', () => {
  const llama = { architecture: 'llama', ...COMMON, ...ROTARY, keyValueHeads: 2, headSize: 8 };
  const source = { name: 'a', weight: 1, index: HASH, tokens: 100, bytes: 200 };
  const cases: [string, (m: Record<string, any>) => void][] = [
    ['model.keyValueHeads', (m) => (m.model = { ...llama, keyValueHeads: 3 })],
    ['model.headSize', (m) => (m.model = { ...llama, headSize: 7 })],
    ['model.queryRank', (m) => (m.model = { ...llama, queryRank: 7 })],
    ['data.sources', (m) => (m.data = { kind: 'mixture', heldOutPermille: 0, separateDocuments: false, sources: [source, source] })],
    ['data.sources[0].location', (m) => (m.data = { kind: 'mixture', heldOutPermille: 0, separateDocuments: false, sources: [{ ...source, location: 'file:///etc/passwd' }] })],
    ['data.sources[0].location', (m) => (m.data = { kind: 'mixture', heldOutPermille: 0, separateDocuments: false, sources: [{ ...source, location: 'http://example.org' }] })],
    ['data.separateDocuments', (m) => (m.data = { kind: 'mixture', heldOutPermille: 0, separateDocuments: true, sources: [source] })],
    ['tokenizer.endOfText', (m) => (m.tokenizer = { kind: 'tokenizer.json', sha256: HASH, bytes: 10, endOfText: 256 })],
    ['schedule.decaySteps', (m) => (m.schedule.decaySteps = 3)],
    ['schedule.decaySteps', (m) => Object.assign(m.schedule, { kind: 'wsd', decaySteps: 39 })],
  ];
  for (const [field, change] of cases) {
    assert.throws(() => parseManifest(text(change)), (e: unknown) => e instanceof ManifestError && e.message.includes(`: ${field} `), field);
  }
});
