import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.js';
import type { ModelConfig, TensorSpec } from '../model/layout.js';
import { CONFIG_MAX, decodeConfig } from './config-json.js';
import { damaged, widen, type NamedTensor } from './safetensors.js';
import { readFully, SafetensorsFolder, type PlacedTensor } from './safetensors-folder.js';

export { writeCheckpoint, type CheckpointNote, type WriteOptions } from './hugging-face-write.js';

/** Bytes read at a time. */
const PART = 1 << 24;

/** Buffers that older checkpoints hold although they follow from the config. */
const DERIVED = /(\.attn\.(masked_)?bias|\.rotary_emb\.inv_freq)$/;
const HEAD = 'lm_head.weight';

/**
 * The model in a Hugging Face folder, by its config.json.
 * @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CONFIG_INVALID`, `CONFIG_UNSUPPORTED`
 */
export async function readConfig(folder: string): Promise<ModelConfig> {
  const path = join(folder, 'config.json');
  const info = await stat(path).catch((cause: unknown) => {
    throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${path}. Name a folder that holds a model.`, { cause });
  });
  if (info.size > CONFIG_MAX) throw new CheckpointError('CONFIG_INVALID', `${path} is longer than ${CONFIG_MAX} bytes. Fetch the checkpoint again.`);
  return decodeConfig(await readFile(path, 'utf8'));
}

/**
 * Refuses a checkpoint whose config.json describes another model than `wanted`: equal shapes alone would let other
 * rotary settings pass. The context may be shorter or longer than the one it was trained with where positions are rotary.
 * @throws CheckpointError `CHECKPOINT_MISMATCH` naming the setting, and as {@link readConfig}
 */
export async function checkConfig(folder: string, wanted: ModelConfig): Promise<void> {
  const found = (await readConfig(folder)) as unknown as Record<string, unknown>;
  const expected = wanted as unknown as Record<string, unknown>;
  for (const key of new Set([...Object.keys(found), ...Object.keys(expected)])) {
    if (key === 'contextLength' && wanted.architecture !== 'gpt2') continue;
    const [a, b] = [found[key], expected[key]].map((v) => (key === 'normEpsilon' ? Number(v) : JSON.stringify(v)));
    if (a !== b) throw new CheckpointError('CHECKPOINT_MISMATCH', `The checkpoint in ${folder} has ${key} ${String(a)}, the run's model ${String(b)}. Name a checkpoint of this model.`);
  }
}

/**
 * The canonical serialization of the parameters in a checkpoint folder; bfloat16 and float16 become float32, exactly.
 * Nothing is allocated before all tensors are known to be there, in their shapes.
 * @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_DAMAGED`, `CHECKPOINT_MISMATCH`
 */
export async function readCheckpoint(folder: string, layout: readonly TensorSpec[], signal?: AbortSignal): Promise<Uint8Array> {
  const opened = await SafetensorsFolder.open(folder);
  try {
    const tensors = match(opened, layout);
    const last = layout[layout.length - 1];
    const serialized = new Uint8Array(4 * (last.offset + last.size));
    for (const spec of layout) {
      const target = new Float32Array(serialized.buffer, 4 * spec.offset, spec.size);
      await readTensor(tensors.get(spec.name)!, (part, at) => target.set(part, at), signal);
    }
    const head = tensors.get(HEAD);
    if (head && !layout.some((spec) => spec.name === HEAD)) await checkTied(head, new Float32Array(serialized.buffer, 0, layout[0].size), signal);
    return serialized;
  } finally {
    await opened.close();
  }
}

/** Each tensor of the layout, and a head where one is stored although it is tied; names without `transformer.` included. */
function match({ tensors, folder }: SafetensorsFolder, layout: readonly TensorSpec[]): Map<string, PlacedTensor> {
  const prefix = 'transformer.';
  const bare = layout[0].name.startsWith(prefix) && ![...tensors.keys()].some((name) => name.startsWith(prefix));
  const byName = new Map([...tensors].filter(([name]) => !DERIVED.test(name)).map(([name, t]) => [bare && name !== HEAD ? prefix + name : name, t]));
  const known = new Map(layout.map((spec) => [spec.name, spec]));
  const mismatch = (problem: string): CheckpointError => new CheckpointError('CHECKPOINT_MISMATCH', `The checkpoint in ${folder} ${problem}. Name a checkpoint of this run's model.`);
  const sized = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  for (const spec of layout) {
    const found = byName.get(spec.name);
    if (!found) throw mismatch(`has no ${spec.name} of shape ${sized(spec.shape)}`);
    if (sized(found.shape) !== sized(spec.shape)) throw mismatch(`has ${spec.name} of shape ${sized(found.shape)}, not ${sized(spec.shape)}`);
  }
  for (const [name, found] of byName) {
    if (known.has(name)) continue;
    // A head beside a tied embedding is a copy of it.
    if (name !== HEAD || sized(found.shape) !== sized(layout[0].shape)) throw mismatch(`has ${name.slice(0, 128)}, which the model has not`);
  }
  return byName;
}

async function checkTied(head: PlacedTensor, embedding: Float32Array, signal?: AbortSignal): Promise<void> {
  await readTensor(head, (part, at) => {
    if (part.some((v, i) => v !== embedding[at + i])) {
      throw new CheckpointError('CHECKPOINT_MISMATCH', `The checkpoint has a ${HEAD} of its own, and the model's is tied to its embedding. Name a checkpoint of this run's model.`);
    }
  }, signal);
}

/** Hands over a tensor's numbers part by part. */
async function readTensor(tensor: PlacedTensor, take: (part: Float32Array, at: number) => void, signal?: AbortSignal): Promise<void> {
  const width = tensor.dtype === 'F32' ? 4 : 2;
  const source = new Uint8Array(Math.min(PART, tensor.bytes));
  for (let done = 0; done < tensor.bytes; done += PART) {
    signal?.throwIfAborted();
    const bytes = source.subarray(0, Math.min(PART, tensor.bytes - done));
    await readFully(tensor.file, bytes, tensor.at + done);
    const part = new Float32Array(bytes.length / width);
    widen(tensor.dtype!, bytes, part);
    checkFinite(tensor, part);
    take(part, done / width);
  }
}

/** Numbers that are none would poison the run, and have more than one bit pattern. */
function checkFinite({ name }: NamedTensor, part: Float32Array): void {
  const bits = new Uint32Array(part.buffer);
  for (let i = 0; i < bits.length; i++) if ((bits[i] & 0x7f80_0000) === 0x7f80_0000) throw damaged(`${name.slice(0, 128)} holds numbers that are not finite`);
}
