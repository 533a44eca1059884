import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManifestError } from './errors.js';
import { encodeManifest, parseManifest } from './manifest.js';
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

test('texts that are no manifest at all give the same typed error', () => {
  for (const bad of ['', '{', 'null', '[]', '"x"', '1', ' '.repeat(5000), '{"__proto__":{}}']) {
    assert.throws(() => parseManifest(bad), ManifestError);
  }
});
