import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { CheckpointError } from '../errors.js';
import { fetchFiles, type WantedFile } from './pull-files.js';
import { intoPlace, vet } from './pull.js';
import { DEFAULT_RETRY, type RetryPolicy, withRetry } from './retry.js';
import { INDEX, WEIGHTS } from './safetensors-folder.js';
import { type CheckpointSource, readSmall, type TransferOptions } from './store.js';

const MAX_INDEX = 64 * 2 ** 20;
const MAX_SHARDS = 4096;

export interface PullModelOptions extends TransferOptions {
  /** Refuses a larger model before its weights are fetched. */
  maxBytes: number;
  /** Looks at the whole folder before it gets its name: nothing else says that it is what it should be. */
  check: (folder: string) => Promise<void>;
  retry?: RetryPolicy;
}

/**
 * Fetches a model that was published without this project's descriptor, as most of the Hub's are: config.json, the
 * weights and, if there is one, tokenizer.json. Sizes are known first; what the bytes are is for `check` to say.
 * @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_DAMAGED`, `CHECKPOINT_TOO_LARGE`, `CHECKPOINT_BUSY`
 */
export async function pullModel(source: CheckpointSource, target: string, options: PullModelOptions): Promise<void> {
  if ((await stat(target).catch(() => undefined)) !== undefined) return;
  const { signal, maxBytes, retry = DEFAULT_RETRY } = options;
  const { names, index } = await weightsOf(source, signal, retry);
  const files: WantedFile[] = [];
  let total = 0;
  // To learn a file's size can take some of it: who names thousands of large ones is not asked for all of them.
  const want = (file: WantedFile): void => {
    files.push(file);
    total += file.bytes;
    if (total > maxBytes) throw new CheckpointError('CHECKPOINT_TOO_LARGE', `The model in ${source.location} has ${total} bytes or more, and may have ${maxBytes}. Name the right one.`);
  };
  for (const name of ['config.json', ...names]) want(await sized(source, name, signal, retry));
  const tokenizer = await optional(sized(source, 'tokenizer.json', signal, retry));
  if (tokenizer !== undefined) want(tokenizer);
  const key = createHash('sha256').update(JSON.stringify([source.location, files, index])).digest('hex');
  await intoPlace(target, key, async (partial) => {
    await fetchFiles(source, partial, files, options, retry);
    await vet(partial, () => options.check(partial));
  });
}

/** The files that hold the weights: one, or the shards that an index names, and the index. */
async function weightsOf(source: CheckpointSource, signal: AbortSignal, retry: RetryPolicy): Promise<{ names: string[]; index?: string }> {
  const bytes = await optional(withRetry(retry, signal, () => readSmall(source, INDEX, MAX_INDEX, signal)));
  if (bytes === undefined) return { names: [WEIGHTS] };
  const text = Buffer.from(bytes).toString('utf8');
  let map: unknown;
  try {
    map = (JSON.parse(text) as { weight_map?: unknown } | null)?.weight_map;
  } catch {
    // Said below.
  }
  const shards = typeof map === 'object' && map !== null ? [...new Set(Object.values(map))] : [];
  if (shards.length === 0 || shards.length > MAX_SHARDS || !shards.every((s): s is string => typeof s === 'string' && /^[A-Za-z0-9][\w.-]{0,120}\.safetensors$/.test(s))) {
    throw new CheckpointError('CHECKPOINT_DAMAGED', `${INDEX} in ${source.location} names no files that can be fetched. Use another copy of the model.`);
  }
  return { names: [INDEX, ...shards.sort()], index: text };
}

/** A file with its size; the connection that told it is given up. */
async function sized(source: CheckpointSource, name: string, signal: AbortSignal, retry: RetryPolicy): Promise<WantedFile> {
  return withRetry(retry, signal, async () => {
    const { size, body } = await source.open(name, 0, signal);
    await body[Symbol.asyncIterator]().return?.();
    if (size === undefined) throw new CheckpointError('CHECKPOINT_REFUSED', `${source.location} does not say how long ${name} is. Use a server that does.`);
    return { name, bytes: size };
  });
}

async function optional<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (error instanceof CheckpointError && error.code === 'CHECKPOINT_NOT_FOUND') return undefined;
    throw error;
  });
}
