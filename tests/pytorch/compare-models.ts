import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '../../client/src/training/backends/index.js';
import { readCheckpoint, readConfig, writeCheckpoint } from '../../client/src/training/checkpoint/hugging-face.js';
import { decodeHeader } from '../../client/src/training/checkpoint/safetensors.js';
import { addGradient } from '../../client/src/training/model/gradient.js';
import { modelLayout } from '../../client/src/training/model/layout.js';
import { createModel } from '../../client/src/training/model/model.js';

/** Largest difference, and it relative to the largest number of the tensor. */
export interface Difference {
  tensor: string;
  absolute: number;
  relative: number;
}

export interface ModelComparison {
  name: string;
  logits: Difference;
  loss: number;
  gradients: Difference[];
}

const LOGITS = 1e-4;
const GRADIENT = 1e-4;

/**
 * Reads each checkpoint that models.py made, compares logits and gradients with PyTorch's, and writes it again beside it,
 * whole and in shards, for models.py to check.
 * @throws AssertionError where a difference is too large
 */
export async function compareModels(backend: Backend, folder: string): Promise<ModelComparison[]> {
  const comparisons: ModelComparison[] = [];
  for (const name of (await readdir(folder)).sort()) comparisons.push(await compare(backend, join(folder, name), name));
  return comparisons;
}

async function compare(backend: Backend, folder: string, name: string): Promise<ModelComparison> {
  const theirs = join(folder, 'theirs');
  const expected = await readTensors(join(folder, 'expected.safetensors'));
  const config = await readConfig(theirs);
  const layout = modelLayout(config);
  const serialized = await readCheckpoint(theirs, layout);
  const parameters = new Float32Array(serialized.buffer);

  const model = createModel(backend, config);
  const tokens = Int32Array.from(expected.get('tokens')!);
  const sequences = Array.from({ length: 3 }, (_, i) => tokens.subarray((i * tokens.length) / 3, ((i + 1) * tokens.length) / 3));
  const inputs = Int32Array.from(sequences.flatMap((s) => [...s.subarray(0, -1)]));
  const uploaded = model.upload(parameters);
  const logits = model.logits(uploaded, inputs, 3, inputs.length / 3);
  const gradient = new Float32Array(parameters.length);
  const loss = await addGradient(backend, model, uploaded, sequences, 1, gradient);

  const result: ModelComparison = {
    name,
    logits: difference('logits', (await logits.data()) as Float32Array, expected.get('logits')!),
    loss: Math.abs(loss - expected.get('loss')![0]),
    gradients: layout.map(({ name, offset, size }) => difference(name, gradient.subarray(offset, offset + size), expected.get(`gradient.${name}`)!)),
  };
  backend.tf.dispose([logits, ...uploaded]);
  model.dispose();
  assert.ok(result.logits.absolute <= LOGITS, `${name}: logits differ by ${result.logits.absolute}`);
  for (const g of result.gradients) assert.ok(g.relative <= GRADIENT, `${name}: gradient of ${g.tensor} differs by ${g.relative} of its largest number`);

  const note = { step: 1, hash: 'ab'.repeat(32) };
  await writeCheckpoint(join(folder, 'ours'), config, layout, serialized, note);
  await writeCheckpoint(join(folder, 'ours-sharded'), config, layout, serialized, note, { maxShardBytes: 100_000 });
  for (const ours of ['ours', 'ours-sharded']) assert.deepEqual(await readCheckpoint(join(folder, ours), layout), serialized);
  return result;
}

function difference(tensor: string, actual: Float32Array, expected: Float32Array): Difference {
  assert.equal(actual.length, expected.length, tensor);
  let absolute = 0;
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    absolute = Math.max(absolute, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return { tensor, absolute, relative: absolute / largest };
}

async function readTensors(path: string): Promise<Map<string, Float32Array>> {
  const file = await readFile(path);
  const { tensors, dataAt } = decodeHeader(file);
  return new Map(tensors.map(({ name, offset, bytes }) => [name, new Float32Array(file.buffer.slice(file.byteOffset + dataAt + offset, file.byteOffset + dataAt + offset + bytes))]));
}
