import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelConfig, TensorSpec } from '../model/layout.js';
import { encodeConfig } from './config-json.js';
import { encodeHeader } from './safetensors.js';
import { INDEX, WEIGHTS } from './safetensors-folder.js';

export interface CheckpointNote {
  step: number;
  /** Parameter hash in hex, as all members agreed on it. */
  hash: string;
}

export interface WriteOptions {
  /** A tokenizer.json to go along. */
  tokenizer?: string;
  /** The token that ends a document, for config.json. */
  endOfText?: number;
  /** Above this the weights are split into several files. Default 2 GB. */
  maxShardBytes?: number;
  signal?: AbortSignal;
}

/** Bytes handed to the system at a time. */
const PART = 1 << 26;

/**
 * Writes a folder that `transformers` reads, without a further copy of the parameters in memory. Each file appears whole
 * or not at all, and shards bear the start of the parameters' hash in their names: until the last step, the
 * folder is the checkpoint it was before.
 */
export async function writeCheckpoint(
  folder: string, model: ModelConfig, layout: readonly TensorSpec[], serialized: Uint8Array, note: CheckpointNote, options: WriteOptions = {},
): Promise<void> {
  const { maxShardBytes = 2e9, signal } = options;
  await mkdir(folder, { recursive: true });
  await writeWhole(join(folder, 'config.json'), [Buffer.from(encodeConfig(model, options.endOfText))], signal);
  if (options.tokenizer !== undefined) await writeTokenizer(folder, options.tokenizer, model, signal);

  const shards = split(layout, maxShardBytes);
  const metadata = { format: 'pt', step: String(note.step), parameter_hash: note.hash };
  const name = (i: number): string =>
    shards.length === 1 ? WEIGHTS : `model-${note.hash.slice(0, 8)}-${place(i + 1)}-of-${place(shards.length)}.safetensors`;
  for (const [i, shard] of shards.entries()) {
    const start = shard[0].offset;
    const tensors = shard.map(({ name, shape, offset, size }) => ({ name, shape, offset: 4 * (offset - start), bytes: 4 * size }));
    const last = shard[shard.length - 1];
    await writeWhole(join(folder, name(i)), [encodeHeader(tensors, metadata), serialized.subarray(4 * start, 4 * (last.offset + last.size))], signal);
  }
  if (shards.length > 1) {
    const index = { metadata: { total_size: serialized.length }, weight_map: Object.fromEntries(shards.flatMap((shard, i) => shard.map((spec) => [spec.name, name(i)]))) };
    await writeWhole(join(folder, INDEX), [Buffer.from(`${JSON.stringify(index, null, 2)}\n`)], signal);
  }
  await removeOthers(folder, new Set([...shards.keys()].map(name)), shards.length > 1);
}

/** Runs of tensors of at most `maxBytes`, a larger tensor alone. */
function split(layout: readonly TensorSpec[], maxBytes: number): TensorSpec[][] {
  const shards: TensorSpec[][] = [];
  let bytes = Infinity;
  for (const spec of layout) {
    if (bytes + 4 * spec.size > maxBytes) {
      shards.push([]);
      bytes = 0;
    }
    shards[shards.length - 1].push(spec);
    bytes += 4 * spec.size;
  }
  return shards;
}

const place = (i: number): string => String(i).padStart(5, '0');

/** The file that `transformers` needs to know what a tokenizer.json is. */
async function writeTokenizer(folder: string, path: string, model: ModelConfig, signal?: AbortSignal): Promise<void> {
  await writeWhole(join(folder, 'tokenizer.json'), [await readFile(path)], signal);
  const config = { tokenizer_class: 'PreTrainedTokenizerFast', model_max_length: model.contextLength };
  await writeWhole(join(folder, 'tokenizer_config.json'), [Buffer.from(`${JSON.stringify(config, null, 2)}\n`)], signal);
}

/** Weights of the checkpoint that was here before. */
async function removeOthers(folder: string, current: ReadonlySet<string>, indexed: boolean): Promise<void> {
  const old = (await readdir(folder)).filter((file) => /^model(-[\w-]+)?\.safetensors$/.test(file) && !current.has(file));
  if (!indexed) old.push(INDEX);
  for (const file of old) await rm(join(folder, file), { force: true });
}

/** Writes beside the target, flushes to disk, then renames: a crash leaves the old file or the new one. */
async function writeWhole(path: string, parts: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      for (const part of parts) {
        for (let at = 0; at < part.length; at += PART) {
          signal?.throwIfAborted();
          await file.writeFile(part.subarray(at, at + PART));
        }
      }
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
