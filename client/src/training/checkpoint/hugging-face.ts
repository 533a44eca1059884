import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.js';
import type { ModelConfig, TensorSpec } from '../model/layout.js';
import { decodeHeader, encodeHeader } from './safetensors.js';

const WEIGHTS = 'model.safetensors';

export interface CheckpointNote {
  step: number;
  /** Parameter hash in hex, as all members agreed on it. */
  hash: string;
}

/** Writes a folder that `GPT2LMHeadModel.from_pretrained` reads. Each file appears whole or not at all. */
export async function writeCheckpoint(folder: string, model: ModelConfig, layout: readonly TensorSpec[], serialized: Uint8Array, note: CheckpointNote): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = layout.map(({ name, shape, offset, size }) => ({ name, shape, offset: 4 * offset, bytes: 4 * size }));
  const header = encodeHeader(tensors, { format: 'pt', step: String(note.step), parameter_hash: note.hash });
  await writeWhole(join(folder, 'config.json'), [Buffer.from(`${JSON.stringify(config(model), null, 2)}\n`)]);
  await writeWhole(join(folder, WEIGHTS), [header, serialized]);
}

/**
 * The canonical serialization of the parameters in a checkpoint folder.
 * @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_DAMAGED`, `CHECKPOINT_MISMATCH`
 */
export async function readCheckpoint(folder: string, layout: readonly TensorSpec[]): Promise<Uint8Array> {
  const path = join(folder, WEIGHTS);
  const last = layout[layout.length - 1];
  const total = 4 * (last.offset + last.size);
  const info = await stat(path).catch((cause: unknown) => {
    throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${path}. Name a folder that holds ${WEIGHTS}.`, { cause });
  });
  if (info.size > 2 * total + 16 * 2 ** 20) throw new CheckpointError('CHECKPOINT_MISMATCH', `${path} has ${info.size} bytes, far more than this run's model. Name its own checkpoint.`);
  const file = await readFile(path);
  const { tensors, dataAt } = decodeHeader(file);
  const byName = new Map(tensors.map((t) => [t.name, t]));
  const serialized = new Uint8Array(total);
  for (const spec of layout) {
    const found = byName.get(spec.name);
    if (!found || found.shape.join() !== spec.shape.join()) {
      throw new CheckpointError('CHECKPOINT_MISMATCH', `${path} has no ${spec.name} of shape [${spec.shape.join(', ')}]. Name a checkpoint of this run's model.`);
    }
    serialized.set(file.subarray(dataAt + found.offset, dataAt + found.offset + found.bytes), 4 * spec.offset);
  }
  return serialized;
}

function config(model: ModelConfig): Record<string, unknown> {
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    vocab_size: model.vocabSize,
    n_positions: model.contextLength,
    n_ctx: model.contextLength,
    n_embd: model.width,
    n_layer: model.layers,
    n_head: model.heads,
    n_inner: 4 * model.width,
    activation_function: 'gelu_new',
    layer_norm_epsilon: 1e-5,
    initializer_range: 0.02,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    scale_attn_weights: true,
    tie_word_embeddings: true,
    // Tokens are bytes; none of them is set apart, so the zero byte stands for both ends.
    bos_token_id: 0,
    eos_token_id: 0,
    torch_dtype: 'float32',
  };
}

/** Writes beside the target, flushes to disk, then renames: a crash leaves the old file or the new one. */
async function writeWhole(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      for (const part of parts) await file.writeFile(part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
