import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../errors.js';
import type { RunManifest, TextManifest } from '../manifest.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { openSet, type OpenSetOptions } from './open-set.js';
import { Permutation } from './permutation.js';
import { prepare } from './prepare/prepare.js';
import { LocalFile, MemoryFile, readThrough } from './random-access.js';
import { inParts, Sequences } from './sequences.js';
import { ByteStream, type TokenStream } from './token-stream.js';
import type { TrainingData } from './training-data.js';
import { VerifiedFiles } from './verified.js';

type DataOf = Pick<RunManifest, 'model' | 'initialization' | 'tokenizer'> & { data: TextManifest };

/** Texts up to this size are hashed at every start, which takes less than a second; larger ones when they have changed. */
const ALWAYS_HASHED_BYTES = 64 << 20;

const CHUNK_TOKENS = 1 << 20;

/** One text, as bytes or as what the run's tokenizer makes of it, in the run's own order. */
export class TextData implements TrainingData {
  private readonly order: Permutation;

  private constructor(private readonly parts: Sequences, { initialization }: DataOf, private readonly entropy: number) {
    this.order = new Permutation(Buffer.from(initialization.seed, 'hex'), parts.count);
  }

  /**
   * Makes sure that the operator's file is the text the manifest names, before anything is trained on it. With a tokenizer
   * it is encoded on first use, and what came of it kept in the cache.
   *
   * @throws DataError `DATA_NOT_FOUND`, `DATA_DIFFERS`, `DATA_TOO_SHORT`, `DATA_TOO_LARGE`; the signal's reason
   */
  static async open(manifest: DataOf, path: string, tokenizer: Tokenizer, options: OpenSetOptions): Promise<TextData> {
    const counts = await verifyText(path, manifest.data, options);
    const stream = manifest.tokenizer.kind === 'bytes' ? new ByteStream(await LocalFile.open(path)) : await encodedText(manifest, path, tokenizer, options);
    try {
      const parts = sequencesOf(stream, manifest);
      const entropy = manifest.tokenizer.kind === 'bytes' ? entropyOf(counts) : entropyOf(await countTokens(stream, tokenizer.vocabSize, options.signal));
      return new TextData(parts, manifest, entropy);
    } catch (error) {
      await stream.close();
      throw error;
    }
  }

  /**
   * Bytes that are in memory, as tokens; that they are the manifest's is the caller's to know.
   *
   * @throws DataError `DATA_TOO_SHORT`
   */
  static ofBytes(manifest: DataOf, bytes: Uint8Array): TextData {
    const parts = sequencesOf(new ByteStream(new MemoryFile(manifest.data.name, bytes)), manifest);
    const counts = new Float64Array(256);
    count(bytes, counts);
    return new TextData(parts, manifest, entropyOf(counts));
  }

  get sequenceCount(): number {
    return this.parts.count;
  }

  sequences(start: number, count: number, signal?: AbortSignal): Promise<Int32Array[]> {
    const places = Array.from({ length: count }, (_, i) => this.order.at(Math.floor((start + i) / this.parts.count), (start + i) % this.parts.count));
    return inParts(places, (sequence) => this.parts.read(sequence, signal));
  }

  heldOut(count: number, signal?: AbortSignal): Promise<Int32Array[]> {
    return this.parts.heldOut(count, signal);
  }

  unigramEntropy(): number {
    return this.entropy;
  }

  async close(): Promise<void> {
    await this.parts.stream.close();
  }
}

function sequencesOf(stream: TokenStream, { model, data }: DataOf): Sequences {
  const parts = new Sequences(stream, model.contextLength, data.heldOutPermille);
  if (parts.count < 1) throw new DataError('DATA_TOO_SHORT', `The text has ${stream.tokens} tokens, too few for one sequence of ${model.contextLength}. Use a longer text.`);
  return parts;
}

/** Compares size and SHA-256, and counts the bytes. @throws DataError `DATA_NOT_FOUND`, `DATA_DIFFERS` */
async function verifyText(path: string, wanted: TextManifest, { cacheDir, signal }: OpenSetOptions): Promise<Float64Array> {
  const file = await LocalFile.open(path);
  try {
    if (file.size !== wanted.bytes) throw differs(path, `it has ${file.size} bytes, not ${wanted.bytes}`);
    const verified = new VerifiedFiles(cacheDir);
    const kept = file.size > ALWAYS_HASHED_BYTES ? await verified.recall(path, file.stamp, 'sha256 and bytes') : undefined;
    if (kept !== undefined) {
      const { sha256, counts } = JSON.parse(kept) as { sha256: string; counts: number[] };
      if (sha256 === wanted.sha256) return Float64Array.from(counts);
    }
    const hash = createHash('sha256');
    const counts = new Float64Array(256);
    for await (const piece of readThrough(file, 0, file.size, 1 << 20, signal)) {
      hash.update(piece);
      count(piece, counts);
    }
    if (hash.digest('hex') !== wanted.sha256) throw differs(path, 'its SHA-256 is not the one in the manifest');
    if (file.size > ALWAYS_HASHED_BYTES) await verified.note(path, file.stamp, 'sha256 and bytes', JSON.stringify({ sha256: wanted.sha256, counts: [...counts] }));
    return counts;
  } finally {
    await file.close();
  }
}

/** The text's tokens from the cache, where they are put first if they are not there. */
async function encodedText({ data, tokenizer: wanted }: DataOf, path: string, tokenizer: Tokenizer, options: OpenSetOptions): Promise<TokenStream> {
  if (wanted.kind === 'bytes' || tokenizer.json === undefined) throw new TypeError('this tokenizer has no file');
  const key = createHash('sha256').update([data.sha256, wanted.sha256, tokenizer.endOfText ?? ''].join('\n')).digest('hex').slice(0, 40);
  const folder = join(options.cacheDir, 'tokens', key);
  if ((await stat(join(folder, 'index.json')).catch(() => undefined)) === undefined) {
    options.log?.(`encoding ${path} with the run's tokenizer, once`);
    // Several clients of one machine may do this at once: the first to be ready puts its own where all look.
    const own = `${folder}.${randomBytes(6).toString('hex')}.part`;
    try {
      const inputs = [{ name: path, kind: 'text' as const, gzip: false, open: () => LocalFile.open(path) }];
      await prepare({ inputs, folder: own, tokenizer: { kind: 'tokenizer.json', bytes: tokenizer.json, endOfText: tokenizer.endOfText ?? null }, signal: options.signal });
      await mkdir(join(options.cacheDir, 'tokens'), { recursive: true });
      await rename(own, folder).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      });
    } finally {
      await rm(own, { recursive: true, force: true });
    }
  }
  return (await openSet(folder, options)).stream;
}

async function countTokens(stream: TokenStream, vocabSize: number, signal?: AbortSignal): Promise<Float64Array> {
  const counts = new Float64Array(vocabSize);
  for (let at = 0; at < stream.tokens; at += CHUNK_TOKENS) {
    count(await stream.read(at, Math.min(CHUNK_TOKENS, stream.tokens - at), signal), counts);
  }
  return counts;
}

function count(tokens: Uint8Array | Int32Array, counts: Float64Array): void {
  for (let i = 0; i < tokens.length; i++) counts[tokens[i]]++;
}

/** Nats. */
function entropyOf(counts: Float64Array): number {
  const total = counts.reduce((a, b) => a + b, 0);
  let entropy = 0;
  for (const count of counts) if (count > 0) entropy -= (count / total) * Math.log(count / total);
  return entropy;
}

function differs(path: string, how: string): DataError {
  return new DataError('DATA_DIFFERS', `${path} is not the text this run trains on: ${how}. Get the run's own file.`);
}
