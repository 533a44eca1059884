import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Backend, BackendChoice } from '../../training/backends/index.js';
import type { ModelFolder } from '../../training/checkpoint/index.js';
import type { Model } from '../../training/model/model.js';
import { defaultCacheDir } from './data-options.js';
import { TransferMeter } from './transfer-meter.js';
import { wholeNumber } from './whole-number.js';

/** What commands that run a model are told of it. */
export interface ModelFlags {
  backend: BackendChoice;
  threads: number;
  seed: number;
  temperature: number;
  topK?: number;
  tokens: number;
  allowHttp: boolean;
  output: 'text' | 'json';
}

/** A model on a backend, with its parameters and tokenizer. */
export interface OpenedModel extends ModelFolder {
  backend: Backend;
  model: Model;
}

/** Adds what commands that run a model understand. @param tokens how many are written by default */
export function modelOptions(command: Command, tokens: number): Command {
  return command
    .option('--tokens <n>', 'tokens to write', wholeNumber(1, 1 << 20), tokens)
    .option('--temperature <t>', 'below 1: likelier tokens more often; 0: always the likeliest', temperature, 0.8)
    .option('--top-k <k>', 'consider the k likeliest tokens only', wholeNumber(1, 1 << 20))
    .option('--seed <n>', 'another one, another text; the same, the same', wholeNumber(0, 2 ** 32 - 1), 0)
    .addOption(new Option('--backend <name>', 'what computes').choices(['auto', 'wasm', 'node', 'gpu', 'webgpu', 'cpu']).default('auto'))
    .option('--threads <n>', 'threads of the WebAssembly backend', wholeNumber(1, 64), 1)
    .option('--allow-http', 'fetch over plain http from other machines', false)
    .addOption(new Option('--output <format>', 'for people, or for programs').choices(['text', 'json']).default('text'));
}

/**
 * Opens a model folder, or fetches it first where a location elsewhere is named; what was fetched is kept under the
 * user's cache folder.
 * @throws CheckpointError, TrainingError
 */
export async function openModel(where: string, flags: ModelFlags, signal: AbortSignal): Promise<OpenedModel> {
  // Loaded when a command runs, so that its --help does not wait.
  const [{ openModelFolder }, { openBackend }, { createModel }] = await Promise.all([
    import('../../training/checkpoint/index.js'),
    import('../../training/backends/index.js'),
    import('../../training/model/model.js'),
  ]);
  const opened = await openModelFolder(await localFolder(where, flags, signal), signal);
  const backend = await openBackend({ backend: flags.backend, threads: flags.threads });
  return { ...opened, backend, model: createModel(backend, opened.config) };
}

/** The folder itself, or where what was fetched of a location lies. */
async function localFolder(where: string, flags: Pick<ModelFlags, 'allowHttp'>, signal: AbortSignal): Promise<string> {
  const { checkRoot, fetchDescriptor, openStore, parseLocation, pullCheckpoint, pullModel } = await import('../../training/checkpoint/index.js');
  const location = parseLocation(where, flags);
  if (location.kind === 'folder') return location.path;
  const store = openStore(location, flags);
  const descriptor = await fetchDescriptor(store, signal);
  const name = createHash('sha256').update(descriptor === undefined ? where : JSON.stringify(descriptor)).digest('hex').slice(0, 32);
  const folder = join(defaultCacheDir(), 'checkpoints', name);
  const meter = new TransferMeter(process.stderr);
  const options = { signal, onProgress: meter.onProgress };
  try {
    if (descriptor !== undefined) await pullCheckpoint(store, folder, { ...options, check: checkRoot });
    else await pullModel(store, folder, { ...options, maxBytes: Infinity, check: async () => {} });
  } finally {
    meter.end();
  }
  return folder;
}

function temperature(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 10) throw new InvalidArgumentError('Give a number from 0 to 10.');
  return value;
}
