import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlockCache } from '../data/remote/block-cache.js';
import { LocalFile, type RandomAccessFile, readWhole } from '../data/random-access.js';
import { isRemote } from '../data/remote/location.js';
import type { RemotePolicy } from '../data/remote/policy.js';
import { openRemote, RemoteFile } from '../data/remote.js';
import { hashOf } from '../data/token-index.js';
import { DataError } from '../errors.js';
import type { RunManifest } from '../manifest.js';
import { BytesTokenizer } from './bytes.js';
import { HuggingFaceTokenizer } from './hugging-face.js';
import type { Tokenizer } from './tokenizer.js';

export { BytesTokenizer } from './bytes.js';
export { HuggingFaceTokenizer } from './hugging-face.js';
export { endOfTextOf, separatorOf } from './separator.js';
export type { Tokenizer } from './tokenizer.js';

export const TOKENIZER_NAME = 'tokenizer.json';

type TokenizedManifest = Pick<RunManifest, 'model' | 'data' | 'tokenizer'>;

export interface OpenTokenizerOptions {
  /** Operator's places by name: `tokenizer`, or those of data, whose folders may hold a tokenizer.json. */
  paths: ReadonlyMap<string, string>;
  cache?: BlockCache;
  policy?: RemotePolicy;
  signal?: AbortSignal;
}

/**
 * The run's tokenizer: looked for where the operator says, beside the operator's data, where the manifest says, and
 * beside the manifest's data. Whatever is found must have the manifest's hash.
 *
 * @throws DataError `TOKENIZER_NOT_FOUND`, `TOKENIZER_DIFFERS`, `TOKENIZER_INVALID`; RemoteError
 */
export async function openTokenizer(manifest: TokenizedManifest, options: OpenTokenizerOptions): Promise<Tokenizer> {
  const { model, data, tokenizer: wanted } = manifest;
  if (wanted.kind === 'bytes') return new BytesTokenizer(model.vocabSize);
  const { cache, policy, signal } = options;
  const remote = (place: string, path?: string) => (): Promise<RandomAccessFile> => openRemote(place, { path, maxBytes: wanted.bytes, exactBytes: wanted.bytes, cache, policy, signal });
  const candidates: { place: string; open: () => Promise<RandomAccessFile>; named: boolean }[] = [];
  for (const [name, place] of options.paths) {
    const named = name === 'tokenizer';
    if (isRemote(place)) candidates.push({ place, named, open: remote(place, named && place.endsWith('.json') ? undefined : TOKENIZER_NAME) });
    else candidates.push({ place, named, open: async () => LocalFile.open(await beside(place, named)) });
  }
  if (wanted.location !== undefined) candidates.push({ place: wanted.location, named: true, open: remote(wanted.location) });
  for (const source of data.kind === 'mixture' ? data.sources : []) {
    if (source.location !== undefined) candidates.push({ place: source.location, named: false, open: remote(source.location, TOKENIZER_NAME) });
  }
  let cause: unknown;
  for (const { place, open, named } of candidates.sort((a, b) => Number(b.named) - Number(a.named))) {
    try {
      return await read(await open(), place, manifest, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (named || (error as { code?: string }).code === 'TOKENIZER_INVALID') throw error;
      cause = error;
    }
  }
  throw new DataError('TOKENIZER_NOT_FOUND', `The run's tokenizer.json (sha256 ${wanted.sha256}) is not at hand; say where it is with --data tokenizer=FILE.`, { cause });
}

async function read(file: RandomAccessFile, place: string, { model, tokenizer: wanted }: TokenizedManifest, signal?: AbortSignal): Promise<Tokenizer> {
  if (wanted.kind === 'bytes') throw new TypeError('bytes need no file');
  try {
    const whole = async (): Promise<Uint8Array | undefined> => {
      const bytes = file.size === wanted.bytes ? await readWhole(file, wanted.bytes, signal) : undefined;
      return bytes !== undefined && hashOf(bytes) === wanted.sha256 ? bytes : undefined;
    };
    let bytes = await whole();
    if (bytes === undefined && file instanceof RemoteFile) {
      // What the cache holds may be another run's of the same address, or from before somebody put it right.
      await file.forget(0, file.size);
      bytes = await whole();
    }
    if (bytes === undefined) throw new DataError('TOKENIZER_DIFFERS', `The tokenizer.json of ${place} is not the run's: its SHA-256 should be ${wanted.sha256}.`);
    const tokenizer = HuggingFaceTokenizer.parse(bytes, wanted.endOfText ?? null);
    if (tokenizer.vocabSize > model.vocabSize) throw new DataError('TOKENIZER_INVALID', `The run's tokenizer has tokens up to ${tokenizer.vocabSize - 1}, and its model embeddings for ${model.vocabSize}: ask the run's authority to correct it.`);
    return tokenizer;
  } finally {
    await file.close();
  }
}

/** A tokenizer.json itself, or the one in a folder or beside a file of data. */
async function beside(place: string, named: boolean): Promise<string> {
  const info = await stat(place).catch(() => undefined);
  if (info?.isDirectory()) return join(place, TOKENIZER_NAME);
  return named ? place : join(dirname(place), TOKENIZER_NAME);
}
