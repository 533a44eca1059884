import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../protocol/bytes.js';
import { parameterRoot } from '../../protocol/merkle.js';
import { CheckpointError } from '../errors.js';
import type { ModelConfig } from '../manifest.js';
import { modelLayout } from '../model/layout.js';
import { readCheckpoint } from './hugging-face.js';

const CONFIG_MAX = 1 << 20;

/** The sizes of the model in a Hugging Face folder. @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_MISMATCH` */
export async function readModelConfig(folder: string): Promise<ModelConfig> {
  const path = join(folder, 'config.json');
  const size = await stat(path).then((s) => s.size, () => undefined);
  if (size === undefined || size > CONFIG_MAX) throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${path}. Name a folder that holds a model.`);
  const c = JSON.parse(await readFile(path, 'utf8')) as Record<string, never>;
  return { architecture: 'gpt2', vocabSize: c.vocab_size, contextLength: c.n_positions, layers: c.n_layer, heads: c.n_head, width: c.n_embd };
}

/** The Merkle root of a folder's parameters, in hex. */
export async function checkpointRoot(folder: string): Promise<string> {
  const serialized = await readCheckpoint(folder, modelLayout(await readModelConfig(folder)));
  return toHex(parameterRoot(serialized));
}
