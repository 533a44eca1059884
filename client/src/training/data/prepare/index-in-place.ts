import { stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { DataError } from '../../errors.js';
import { HuggingFaceTokenizer, TOKENIZER_NAME } from '../../tokenizer/index.js';
import { BlockHasher } from '../block-hashes.js';
import { LocalFile, readThrough } from '../random-access.js';
import { isInnerPath } from '../remote/location.js';
import { encodeIndex, hashOf, INDEX_NAME, type Shard, type TokenIndex, TOKEN_BYTES, type TokenType } from '../token-index.js';
import { writeWhole } from '../write-whole.js';
import { flatLayout, type FlatLayout } from './flat-file.js';
import { HashesFile } from './hashes-file.js';
import { filesBelow } from './inputs.js';
import { BLOCK_BYTES, type Prepared } from './prepare.js';

export interface InPlaceOptions {
  /** Files of tokens in one folder, or that folder. */
  paths: readonly string[];
  /** Of files that don't say so themselves. */
  tokenType?: TokenType;
  /** The tokenizer.json they were made with, where it is at hand: a copy is put beside them. */
  tokenizer?: Uint8Array;
  /** The token after each document; null: there is none. Absent: the tokenizer's, if there is one. */
  separator?: number | null;
  /** Of the tokenizer, where it is known; absent: one more than the largest token. */
  vocabSize?: number;
  signal?: AbortSignal;
  progress?: (bytes: number, total: number) => void;
}

/**
 * Makes flat files of tokens a data set by writing an index beside them; they are read once and stay as they are.
 * @throws DataError `DATA_FORMAT`, `DATA_NOT_FOUND`, `DATA_TOKEN_RANGE`
 */
export async function indexInPlace(options: InPlaceOptions): Promise<Prepared> {
  const { folder, files } = await findFiles(options.paths);
  const layouts = await Promise.all(files.map((path) => withFile(path, (file) => flatLayout(file, options.tokenType))));
  const { tokenType } = layouts[0];
  const other = layouts.findIndex((l) => l.tokenType !== tokenType);
  if (other >= 0) throw new DataError('DATA_FORMAT', `${files[other]} has ${layouts[other].tokenType} tokens, and ${files[0]} ${tokenType}: one data set has one kind.`);
  const tokenizer = options.tokenizer && HuggingFaceTokenizer.parse(options.tokenizer, options.separator);
  const total = (await Promise.all(files.map((path) => stat(path)))).reduce((sum, s) => sum + s.size, 0);
  const hashes = await HashesFile.create(folder);
  let done = 0;
  let largest = 0;
  const shards: Shard[] = [];
  let vocabSize: number;
  try {
    for (const [i, path] of files.entries()) {
      const scanned = await withFile(path, (file) => scan(file, layouts[i], options.signal, (bytes) => options.progress?.((done += bytes), total)));
      largest = Math.max(largest, scanned.largest);
      await hashes.add(scanned.digests);
      shards.push({ path: relative(folder, path).split(sep).join('/'), bytes: scanned.bytes, offset: layouts[i].offset, tokens: layouts[i].tokens, hash: scanned.hash });
    }
    vocabSize = tokenizer?.vocabSize ?? options.vocabSize ?? Math.max(largest, options.separator ?? 0) + 1;
    if (largest >= vocabSize) throw new DataError('DATA_TOKEN_RANGE', `${files[0]} and those beside it have tokens up to ${largest}, and the vocabulary ends at ${vocabSize - 1}: they were made with another tokenizer${tokenType === 'u16' ? ', or are u32' : ''}.`);
    await hashes.finish();
  } catch (error) {
    await hashes.discard();
    throw error;
  }
  const index: TokenIndex = {
    format: 'psyche-tokens', version: 1, tokenType, vocabSize,
    tokenizer: options.tokenizer ? { kind: 'tokenizer.json', sha256: hashOf(options.tokenizer), bytes: options.tokenizer.length } : { kind: 'unknown' },
    separator: options.separator ?? tokenizer?.endOfText ?? null, documents: null, blockBytes: BLOCK_BYTES,
    tokens: shards.reduce((sum, s) => sum + s.tokens, 0), bytes: shards.reduce((sum, s) => sum + s.bytes, 0), shards,
  };
  const bytes = encodeIndex(index);
  if (options.tokenizer) await writeWhole(join(folder, TOKENIZER_NAME), options.tokenizer);
  await writeWhole(join(folder, INDEX_NAME), bytes);
  return { index, hash: hashOf(bytes), skipped: [] };
}

async function findFiles(paths: readonly string[]): Promise<{ folder: string; files: string[] }> {
  const infos = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  const missing = infos.findIndex((info) => info === undefined);
  if (missing >= 0) throw new DataError('DATA_NOT_FOUND', `There is no ${paths[missing]}.`);
  const isFolder = paths.length === 1 && infos[0]!.isDirectory();
  const files = isFolder ? await filesBelow(paths[0], /\.(bin|ds|npy)$/) : [...paths];
  const folder = isFolder ? paths[0] : dirname(paths[0]);
  if (files.length === 0) throw new DataError('DATA_NOT_FOUND', `There is no .bin, .ds or .npy file in ${folder}.`);
  for (const file of files) {
    const path = relative(folder, file).split(sep).join('/');
    if (!isInnerPath(path)) throw new DataError('DATA_FORMAT', `${file} cannot be named in an index: files of one data set are in one folder, with names of letters, digits and . _ - ( ) + = , @.`);
  }
  return { folder, files };
}

/** Hashes a file's blocks and finds its largest token, in one pass. */
async function scan(file: LocalFile, { tokenType, offset }: FlatLayout, signal: AbortSignal | undefined, progress: (bytes: number) => void): Promise<{ largest: number; bytes: number; digests: Buffer; hash: string }> {
  const width = TOKEN_BYTES[tokenType];
  if (offset % width !== 0) throw new DataError('DATA_FORMAT', `${file.name}: its header ends within a token.`);
  const hasher = new BlockHasher(BLOCK_BYTES);
  let largest = 0;
  let skip = offset;
  for await (const piece of readThrough(file, 0, file.size, 1 << 20, signal)) {
    hasher.update(piece);
    // Pieces begin at multiples of a mebibyte, so that no token lies in two, and a view in place is aligned.
    const body = piece.subarray(skip);
    skip = Math.max(0, skip - piece.length);
    const [buffer, start, count] = [body.buffer as ArrayBuffer, body.byteOffset, Math.floor(body.length / width)];
    const tokens = width === 1 ? body : width === 2 ? new Uint16Array(buffer, start, count) : new Uint32Array(buffer, start, count);
    largest = largestOf(tokens, largest);
    progress(piece.length);
  }
  return { largest, bytes: file.size, ...hasher.finish() };
}

/** On its own, since loops within asynchronous functions are not compiled well. */
function largestOf(tokens: Uint8Array | Uint16Array | Uint32Array, least: number): number {
  let largest = least;
  for (let i = 0; i < tokens.length; i++) if (tokens[i] > largest) largest = tokens[i];
  return largest;
}

async function withFile<T>(path: string, work: (file: LocalFile) => Promise<T>): Promise<T> {
  const file = await LocalFile.open(path);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
