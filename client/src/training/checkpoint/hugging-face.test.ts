import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ModelConfig } from '../manifest.js';
import { modelLayout, parameterCount, type TensorSpec } from '../model/layout.js';
import { numbers } from '../testing.js';
import { checkConfig, readCheckpoint, readConfig, writeCheckpoint } from './hugging-face.js';
import { encodeHeader, widen, type Dtype, type NamedTensor } from './safetensors.js';
import { code, withFolder } from './testing/index.js';

const config: ModelConfig = {
  architecture: 'llama', vocabSize: 40, contextLength: 32, layers: 2, heads: 2, keyValueHeads: 1, headSize: 4, width: 8, hiddenWidth: 12,
  normEpsilon: '0.00001', ropeTheta: 10_000, tiedEmbeddings: true,
};
const layout = modelLayout(config);
const parameters = Float32Array.from({ length: parameterCount(layout) }, numbers(1));
const serialized = new Uint8Array(parameters.buffer);
const note = { step: 3, hash: 'cd'.repeat(32) };

/** A model.safetensors of these tensors; `data` gives a tensor's bytes, default its float32 numbers. */
async function writeTensors(folder: string, specs: readonly TensorSpec[], dtype: Dtype = 'F32', data?: (spec: TensorSpec) => Uint8Array): Promise<void> {
  const parts = specs.map((spec) => data?.(spec) ?? serialized.subarray(4 * spec.offset, 4 * (spec.offset + spec.size)));
  let offset = 0;
  const tensors = specs.map(({ name, shape }, i): NamedTensor => ({ name, shape, dtype, offset: (offset += parts[i].length) - parts[i].length, bytes: parts[i].length }));
  await writeFile(join(folder, 'model.safetensors'), Buffer.concat([encodeHeader(tensors, {}), ...parts]));
}

test('a folder in shards is read by its index, and gives way to the next one', () =>
  withFolder(async (folder) => {
    await writeCheckpoint(folder, config, layout, serialized, note, { maxShardBytes: 2000, endOfText: 5 });
    const names = (await readdir(folder)).sort();
    assert.ok(names.length > 4 && names.includes('model.safetensors.index.json'));
    assert.match(names[1], /^model-cdcdcdcd-00001-of-0000\d\.safetensors$/);
    assert.deepEqual(await readCheckpoint(folder, layout), serialized);
    assert.deepEqual(await readConfig(folder), config);
    const index = JSON.parse(await readFile(join(folder, 'model.safetensors.index.json'), 'utf8')) as { metadata: { total_size: number }; weight_map: object };
    assert.equal(index.metadata.total_size, serialized.length);
    assert.equal(Object.keys(index.weight_map).length, layout.length);

    const other = serialized.slice().fill(0);
    await writeCheckpoint(folder, config, layout, other, { step: 4, hash: 'ef'.repeat(32) }, { maxShardBytes: 4000 });
    assert.ok((await readdir(folder)).every((name) => !name.includes('cdcdcdcd')));
    assert.deepEqual(await readCheckpoint(folder, layout), other);
    await writeCheckpoint(folder, config, layout, serialized, note);
    assert.deepEqual((await readdir(folder)).sort(), ['config.json', 'model.safetensors']);
    assert.deepEqual(await readCheckpoint(folder, layout), serialized);
  }));

test('a stopped write leaves the folder as it was', () =>
  withFolder(async (folder) => {
    await writeCheckpoint(folder, config, layout, serialized, note);
    const other = serialized.slice().fill(0);
    await assert.rejects(writeCheckpoint(folder, config, layout, other, note, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    assert.deepEqual((await readdir(folder)).sort(), ['config.json', 'model.safetensors']);
    assert.deepEqual(await readCheckpoint(folder, layout), serialized);
  }));

test('a tokenizer goes along', () =>
  withFolder(async (folder) => {
    const tokenizer = join(folder, 'source.json');
    await writeFile(tokenizer, '{"version":"1.0"}');
    await writeCheckpoint(join(folder, 'model'), config, layout, serialized, note, { tokenizer });
    assert.equal(await readFile(join(folder, 'model/tokenizer.json'), 'utf8'), '{"version":"1.0"}');
    assert.match(await readFile(join(folder, 'model/tokenizer_config.json'), 'utf8'), /PreTrainedTokenizerFast/);
  }));

test('bfloat16 and float16 become the float32 they stand for', () => {
  const half = (dtype: Dtype, ...bits: number[]): number[] => {
    const target = new Float32Array(bits.length);
    widen(dtype, new Uint8Array(Uint16Array.from(bits).buffer), target);
    return [...target];
  };
  assert.deepEqual(half('BF16', 0x3f80, 0xc000, 0x0001, 0x7f7f), [1, -2, 2 ** -133, (2 - 2 ** -7) * 2 ** 127]);
  assert.deepEqual(half('F16', 0x3c00, 0xc000, 0x0001, 0x7bff, 0x03ff, 0x0400, 0x3555), [1, -2, 2 ** -24, 65504, 1023 * 2 ** -24, 2 ** -14, 0.333251953125]);
});

test('tensors in half precision are read exactly', () =>
  withFolder(async (folder) => {
    await writeTensors(folder, layout, 'BF16', ({ offset, size }) => {
      const halves = new Uint16Array(size);
      const bits = new Uint32Array(parameters.buffer);
      for (let i = 0; i < size; i++) halves[i] = bits[offset + i] >>> 16;
      return new Uint8Array(halves.buffer);
    });
    const read = new Uint32Array((await readCheckpoint(folder, layout)).buffer);
    new Uint32Array(parameters.buffer).forEach((bits, i) => assert.equal(read[i], (bits & 0xffff_0000) >>> 0));
  }));

test('missing, misshapen and unknown tensors are named', () =>
  withFolder(async (folder) => {
    const mismatch = (message: RegExp) => (e: unknown) => code('CHECKPOINT_MISMATCH')(e) && message.test((e as Error).message);
    await writeTensors(folder, layout.slice(1));
    await assert.rejects(readCheckpoint(folder, layout), mismatch(/has no model\.embed_tokens\.weight of shape \[40, 8\]/));
    await writeTensors(folder, layout.map((spec) => (spec.name === 'model.norm.weight' ? { ...spec, shape: [2, 4] } : spec)));
    await assert.rejects(readCheckpoint(folder, layout), mismatch(/model\.norm\.weight of shape \[2, 4\], not \[8\]/));
    await writeTensors(folder, [...layout, { ...layout[1], name: 'model.layers.9.bias' }]);
    await assert.rejects(readCheckpoint(folder, layout), mismatch(/has model\.layers\.9\.bias, which/));
    // Tables that older versions stored, and a copy of the tied embedding, are no news; another head is.
    const spare: TensorSpec = { ...layout[1], name: 'model.layers.0.self_attn.rotary_emb.inv_freq' };
    await writeTensors(folder, [...layout, spare, { ...layout[0], name: 'lm_head.weight' }]);
    assert.deepEqual(await readCheckpoint(folder, layout), serialized);
    await writeTensors(folder, [...layout, { ...layout[0], offset: layout[0].offset + 1, name: 'lm_head.weight' }]);
    await assert.rejects(readCheckpoint(folder, layout), mismatch(/lm_head\.weight of its own/));
  }));

test("GPT-2's own names, without the prefix and with its masks, are read", () =>
  withFolder(async (folder) => {
    const gpt2 = modelLayout({ architecture: 'gpt2', vocabSize: 20, contextLength: 8, layers: 1, heads: 2, width: 4 });
    const bare = gpt2.map((spec) => ({ ...spec, name: spec.name.replace('transformer.', '') }));
    await writeTensors(folder, [...bare, { ...gpt2[2], name: 'h.0.attn.bias' }]);
    assert.deepEqual(await readCheckpoint(folder, gpt2), serialized.slice(0, 4 * parameterCount(gpt2)));
  }));

test('numbers that are none, and an index that lies, are refused', () =>
  withFolder(async (folder) => {
    await writeTensors(folder, layout, 'F32', ({ offset, size }) => {
      const own = parameters.slice(offset, offset + size);
      if (offset === 0) own[3] = NaN;
      return new Uint8Array(own.buffer);
    });
    await assert.rejects(readCheckpoint(folder, layout), code('CHECKPOINT_DAMAGED'));

    const shards = join(folder, 'shards');
    await writeCheckpoint(shards, config, layout, serialized, note, { maxShardBytes: 2000 });
    const path = join(shards, 'model.safetensors.index.json');
    const { weight_map: places } = JSON.parse(await readFile(path, 'utf8')) as { weight_map: Record<string, string> };
    const [first] = Object.values(places);
    const lies: [object | string, string][] = [
      ['{', 'CHECKPOINT_DAMAGED'],
      [{}, 'CHECKPOINT_DAMAGED'],
      [{ weight_map: { ...places, 'model.norm.weight': '../model.safetensors' } }, 'CHECKPOINT_DAMAGED'],
      [{ weight_map: { ...places, 'model.norm.weight': '/etc/passwd' } }, 'CHECKPOINT_DAMAGED'],
      [{ weight_map: { ...places, 'model.norm.weight': 7 } }, 'CHECKPOINT_DAMAGED'],
      [{ weight_map: { ...places, 'model.other.weight': first } }, 'CHECKPOINT_DAMAGED'],
      [{ weight_map: { ...places, 'model.norm.weight': 'model-none.safetensors' } }, 'CHECKPOINT_NOT_FOUND'],
      [{ weight_map: { [layout[0].name]: first } }, 'CHECKPOINT_MISMATCH'],
    ];
    for (const [lie, expected] of lies) {
      await writeFile(path, typeof lie === 'string' ? lie : JSON.stringify(lie));
      await assert.rejects(readCheckpoint(shards, layout), code(expected), JSON.stringify(lie));
    }
  }));

test('a header of more tensors than any model has is refused', () =>
  withFolder(async (folder) => {
    const tensors = Array.from({ length: (1 << 18) + 1 }, (_, i): NamedTensor => ({ name: i.toString(36), shape: [0], offset: 0, bytes: 0 }));
    await writeFile(join(folder, 'model.safetensors'), encodeHeader(tensors, {}));
    await assert.rejects(readCheckpoint(folder, layout), (error: Error) => code('CHECKPOINT_DAMAGED')(error) && /262144 tensors/.test(error.message));
  }));

test('a checkpoint of equal shapes but other settings is not the run\'s model', () =>
  withFolder(async (folder) => {
    await writeCheckpoint(folder, config, layout, serialized, note);
    await checkConfig(folder, config);
    await checkConfig(folder, { ...config, contextLength: 16, normEpsilon: '0.000010' });
    await assert.rejects(checkConfig(folder, { ...config, ropeTheta: 500_000 }), code('CHECKPOINT_MISMATCH'));
    await assert.rejects(checkConfig(folder, { ...config, ropeScaling: { kind: 'linear', factor: '2' } }), code('CHECKPOINT_MISMATCH'));
  }));
