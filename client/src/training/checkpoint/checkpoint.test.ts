import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CheckpointError } from '../errors.js';
import { modelLayout, parameterCount } from '../model/layout.js';
import { numbers, smallManifest } from '../testing.js';
import { readCheckpoint, writeCheckpoint } from './hugging-face.js';
import { decodeOptimizer, encodeOptimizer } from './optimizer-state.js';
import { decodeHeader, encodeHeader } from './safetensors.js';

const { model } = smallManifest();
const layout = modelLayout(model);
const serialized = new Uint8Array(Float32Array.from({ length: parameterCount(layout) }, numbers(1)).buffer);
const code = (expected: string) => (e: unknown) => e instanceof CheckpointError && e.code === expected;

test('a checkpoint folder holds what transformers reads, and comes back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'psyche-checkpoint-'));
  try {
    await writeCheckpoint(folder, model, layout, serialized, { step: 12, hash: 'ab'.repeat(32) });
    await writeCheckpoint(folder, model, layout, serialized, { step: 13, hash: 'ab'.repeat(32) });
    assert.deepEqual((await readdir(folder)).sort(), ['config.json', 'model.safetensors']);
    assert.deepEqual(await readCheckpoint(folder, layout), serialized);

    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    assert.deepEqual(config.architectures, ['GPT2LMHeadModel']);
    assert.deepEqual([config.n_embd, config.n_layer, config.n_head, config.n_positions, config.vocab_size], [16, 2, 2, 16, 256]);
    const { tensors, metadata, dataAt } = decodeHeader(await readFile(join(folder, 'model.safetensors')));
    assert.equal(dataAt % 8, 0);
    assert.deepEqual(metadata, { format: 'pt', step: '13', parameter_hash: 'ab'.repeat(32) });
    const attention = tensors.find((t) => t.name === 'transformer.h.1.attn.c_attn.weight');
    assert.deepEqual(attention?.shape, [16, 48]);

    await assert.rejects(readCheckpoint(folder, modelLayout({ ...model, width: 32 })), code('CHECKPOINT_MISMATCH'));
    await assert.rejects(readCheckpoint(join(folder, 'none'), layout), code('CHECKPOINT_NOT_FOUND'));
    const file = await readFile(join(folder, 'model.safetensors'));
    await writeFile(join(folder, 'model.safetensors'), file.subarray(0, -4));
    await assert.rejects(readCheckpoint(folder, layout), code('CHECKPOINT_DAMAGED'));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('headers that lie about sizes and places are refused', () => {
  const good = Buffer.concat([encodeHeader([{ name: 'a', shape: [2], offset: 0, bytes: 8 }], {}), Buffer.alloc(8)]);
  assert.equal(decodeHeader(good).tensors.length, 1);
  const head = (json: string): Buffer => {
    const bytes = Buffer.alloc(8 + json.length + 16);
    bytes.writeBigUInt64LE(BigInt(json.length), 0);
    bytes.write(json, 8);
    return bytes;
  };
  const huge = Buffer.alloc(64);
  huge.writeBigUInt64LE(2n ** 63n, 0);
  const cases = [
    Buffer.alloc(3), huge, head('{'), head('[]'), head('null'), head('{"a":null}'), head('{"a":1}'),
    head('{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}'),
    head('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}'),
    head('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}'),
    head('{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}}'),
    head('{"a":{"dtype":"F32","shape":[1e308,1e308],"data_offsets":[0,4]}}'),
    head('{"a":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}'),
  ];
  for (const bytes of cases) assert.throws(() => decodeHeader(bytes), code('CHECKPOINT_DAMAGED'));
});

test('a saved optimizer is read whole or not at all', async () => {
  const next = numbers(2);
  const arrays = [100, 30].map((length) => Float32Array.from({ length }, next));
  const file = await encodeOptimizer(arrays);
  const target = [new Float32Array(100), new Float32Array(30)];
  decodeOptimizer(file, target);
  assert.deepEqual(target, arrays);
  for (let at = 0; at < file.length; at += 7) {
    const bad = file.slice();
    bad[at] ^= 1;
    assert.throws(() => decodeOptimizer(bad, target), code('OPTIMIZER_DAMAGED'));
  }
  assert.throws(() => decodeOptimizer(file.subarray(1), target), code('OPTIMIZER_DAMAGED'));
  assert.throws(() => decodeOptimizer(file, target.slice(1)), code('OPTIMIZER_DAMAGED'));
  assert.deepEqual(target, arrays);
});
