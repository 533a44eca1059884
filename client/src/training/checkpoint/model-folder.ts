import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../protocol/bytes.js';
import { CheckpointError } from '../errors.js';
import { HashWorker } from '../hashing/index.js';
import type { ModelConfig } from '../manifest.js';
import { modelLayout, parameterCount, type TensorSpec } from '../model/layout.js';
import { BytesTokenizer, HuggingFaceTokenizer, type Tokenizer, TOKENIZER_NAME } from '../tokenizer/index.js';
import { CONFIG_MAX } from './config-json.js';
import { readDescriptor } from './files.js';
import { readCheckpoint, readConfig } from './hugging-face.js';

/**
 * The file with what all members' optimizers hold alike (AdamW's moments): float32 little-endian, what follows the
 * parameters in the canonical serialization. The descriptor names it.
 */
export const OPTIMIZER_NAME = 'psyche-optimizer.bin';

/** No optimizer shares more than two numbers per parameter. */
const MAX_SHARED = 2;

const MAX_TOKENIZER = 1 << 26;

/** A model as it lies in a folder, ready to be run. */
export interface ModelFolder {
  config: ModelConfig;
  layout: readonly TensorSpec[];
  parameters: Float32Array;
  tokenizer: Tokenizer;
}

/**
 * Reads a Hugging Face folder of any architecture this client trains. Without a tokenizer.json, tokens are bytes.
 * @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_DAMAGED`, `CHECKPOINT_MISMATCH`, `CONFIG_INVALID`, `CONFIG_UNSUPPORTED`, `TOKENIZER_NEEDED`; DataError
 */
export async function openModelFolder(folder: string, signal?: AbortSignal): Promise<ModelFolder> {
  const config = await readConfig(folder);
  const tokenizer = await readTokenizer(folder, config);
  const layout = modelLayout(config);
  const bytes = await readCheckpoint(folder, layout, signal);
  return { config, layout, tokenizer, parameters: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4) };
}

/**
 * The canonical serialization of a checkpoint: its parameters, and the shared optimizer where it has one.
 * @throws CheckpointError as {@link readCheckpoint}
 */
export async function readState(folder: string, layout: readonly TensorSpec[], optimizerState: string | undefined, signal?: AbortSignal): Promise<Uint8Array> {
  const parameters = await readCheckpoint(folder, layout, signal);
  if (optimizerState === undefined) return parameters;
  const path = join(folder, optimizerState);
  const { size } = await stat(path).catch((cause: unknown) => {
    throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${path}. Fetch the checkpoint again.`, { cause });
  });
  if (size % 4 !== 0 || size > MAX_SHARED * 4 * parameterCount(layout)) {
    throw new CheckpointError('CHECKPOINT_MISMATCH', `${path} has ${size} bytes, which no optimizer of this model has. Fetch another checkpoint.`);
  }
  return Buffer.concat([parameters, await readFile(path)]);
}

/** The Merkle root of a checkpoint's canonical serialization, in hex. @throws CheckpointError as {@link readState} */
export async function checkpointRoot(folder: string, optimizerState: string | undefined, signal?: AbortSignal): Promise<string> {
  const state = await readState(folder, modelLayout(await readConfig(folder)), optimizerState, signal);
  return rootOf(state, signal);
}

/** The Merkle root of bytes in hex, computed on a thread of its own. */
export async function rootOf(bytes: Uint8Array, signal?: AbortSignal): Promise<string> {
  const worker = new HashWorker();
  try {
    return toHex(await worker.root(bytes, signal));
  } finally {
    await worker.close();
  }
}

/** What a folder's descriptor says, or, where it has none, what its parameters alone come to. */
export async function originOf(folder: string, signal?: AbortSignal): Promise<{ root: string; step?: number; epoch?: number; run?: string; manifest?: string; optimizerState?: string }> {
  const { version: _, files: __, ...origin } = (await readDescriptor(folder)) ?? { version: 1, files: [], root: await checkpointRoot(folder, undefined, signal) };
  return origin;
}

async function readTokenizer(folder: string, config: ModelConfig): Promise<Tokenizer> {
  const path = join(folder, TOKENIZER_NAME);
  const size = await stat(path).then((s) => s.size, () => undefined);
  if (size === undefined) {
    // 256 bytes and a few tokens beside them; nothing else is a vocabulary of bytes.
    if (config.vocabSize >= 256 && config.vocabSize <= 512) return new BytesTokenizer(config.vocabSize);
    throw new CheckpointError('TOKENIZER_NEEDED', `There is no ${path}, and the model's ${config.vocabSize} tokens are not bytes. Put its tokenizer.json into the folder.`);
  }
  if (size > MAX_TOKENIZER) throw new CheckpointError('CHECKPOINT_DAMAGED', `${path} has ${size} bytes, too many for a tokenizer. Fetch the checkpoint again.`);
  return HuggingFaceTokenizer.parse(await readFile(path), await endOfText(folder, config));
}

/** The token that config.json says ends a text; `undefined`: let the tokenizer's usual names decide. */
async function endOfText(folder: string, { vocabSize }: ModelConfig): Promise<number | undefined> {
  const path = join(folder, 'config.json');
  if ((await stat(path)).size > CONFIG_MAX) return undefined;
  const { eos_token_id: id } = JSON.parse(await readFile(path, 'utf8')) as { eos_token_id?: unknown };
  const first: unknown = Array.isArray(id) ? id[0] : id;
  return typeof first === 'number' && Number.isInteger(first) && first >= 0 && first < vocabSize ? first : undefined;
}
