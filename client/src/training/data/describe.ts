import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { DataError } from '../errors.js';
import type { RunManifest, SourceManifest, TextManifest } from '../manifest.js';
import { HuggingFaceTokenizer } from '../tokenizer/hugging-face.js';
import { readIndex } from './open-set.js';
import { LocalFile, readThrough, readWhole } from './random-access.js';
import { BlockCache } from './remote/block-cache.js';
import { isRemote } from './remote/location.js';
import { operatorPolicy, type RemotePolicy } from './remote/policy.js';
import { hashOf, type TokenIndex } from './token-index.js';

export interface DescribeOptions {
  /** Default: as `place` is named. */
  name?: string;
  weight?: number;
  /** Where the members are to get it: must hold the same index, which is fetched and compared. */
  location?: string;
  cacheDir: string;
  policy?: RemotePolicy;
  signal?: AbortSignal;
}

export interface Description {
  /** For the manifest of a run. */
  source: SourceManifest;
  index: TokenIndex;
}

/** No index is larger, and nothing else is fetched. */
const CACHE_BYTES = 128 << 20;

/**
 * What a manifest says of a prepared data set. The set is not verified: who creates a run has prepared it, or looks with
 * `data inspect`.
 *
 * @param place a folder, or an address, at which the index is
 * @throws DataError `DATA_NOT_FOUND`, `DATA_INDEX_INVALID`, `DATA_DIFFERS` where the location has another index; RemoteError
 */
export async function describeSource(place: string, options: DescribeOptions): Promise<Description> {
  const { signal, location } = options;
  const cache = await BlockCache.open(options.cacheDir, CACHE_BYTES);
  const { index, hash } = await readIndex(place, { cache, policy: options.policy ?? operatorPolicy([place]), signal });
  if (location !== undefined && location !== place) {
    // As a member will read it: nothing that only this machine's operator allows.
    const there = await readIndex(location, { cache, policy: options.policy ?? operatorPolicy(), signal });
    if (there.hash !== hash) throw new DataError('DATA_DIFFERS', `${location} holds another data set than ${place}: its index.json has the SHA-256 ${there.hash}, not ${hash}. Upload this one.`);
  }
  const source: SourceManifest = { name: options.name ?? basename(place), weight: options.weight ?? 1, index: hash, tokens: index.tokens, bytes: index.bytes };
  const from = location ?? (isRemote(place) ? place : undefined);
  if (from !== undefined) source.location = from;
  return { source, index };
}

/** What a manifest says of a text file: size and hash, by which members check that they have the same. @throws DataError `DATA_NOT_FOUND` */
export async function describeText(path: string, signal?: AbortSignal): Promise<Pick<TextManifest, 'name' | 'sha256' | 'bytes'>> {
  const file = await LocalFile.open(path);
  try {
    const hash = createHash('sha256');
    for await (const piece of readThrough(file, 0, file.size, 1 << 20, signal)) hash.update(piece);
    return { name: basename(path), sha256: hash.digest('hex'), bytes: file.size };
  } finally {
    await file.close();
  }
}

/**
 * What a manifest says of a tokenizer.json.
 * @param endOfText token or its name; absent: the usual names are looked for; null: none
 * @throws DataError `DATA_NOT_FOUND`, `TOKENIZER_INVALID`
 */
export async function describeTokenizer(path: string, endOfText?: number | string | null): Promise<{ manifest: Extract<RunManifest['tokenizer'], { kind: 'tokenizer.json' }>; vocabSize: number }> {
  const file = await LocalFile.open(path);
  try {
    const bytes = await readWhole(file, 1 << 26);
    const tokenizer = HuggingFaceTokenizer.parse(bytes, endOfText);
    const manifest = { kind: 'tokenizer.json' as const, sha256: hashOf(bytes), bytes: bytes.length, ...(tokenizer.endOfText === undefined ? {} : { endOfText: tokenizer.endOfText }) };
    return { manifest, vocabSize: tokenizer.vocabSize };
  } finally {
    await file.close();
  }
}
