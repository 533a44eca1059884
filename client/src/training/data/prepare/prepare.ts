import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import { BytesTokenizer, HuggingFaceTokenizer, TOKENIZER_NAME } from '../../tokenizer/index.js';
import { encodeIndex, hashOf, INDEX_NAME, type IndexTokenizer, type TokenIndex, type TokenType } from '../token-index.js';
import { writeWhole } from '../write-whole.js';
import { documentPieces } from './documents.js';
import { type Encoder, InlineEncoder, ThreadedEncoder } from './encoders.js';
import { HashesFile } from './hashes-file.js';
import type { Input } from './inputs.js';
import { Journal, type Progress } from './journal.js';
import type { Piece } from './pieces.js';
import { digestsName, fingerprintOf, ShardWriter } from './shard-writer.js';

/** Tokens are verified in blocks of this size: small, since a sequence read from elsewhere costs a block of transfer. */
export const BLOCK_BYTES = 1 << 16;

/** One gigabyte of u32. */
export const SHARD_TOKENS = 1 << 28;

/** Of what is computed here: a change of the rules by which documents are cut is a new version. */
const VERSION = 1;

export interface PrepareOptions {
  inputs: readonly Input[];
  folder: string;
  /** A tokenizer.json, or bytes. */
  tokenizer: { kind: 'bytes'; endOfText: boolean } | { kind: 'tokenizer.json'; bytes: Uint8Array; endOfText?: number | string | null };
  /** Column or field with the text. */
  column?: string;
  /** Between the documents of text files. */
  documentSeparator?: string;
  shardTokens?: number;
  /** That encode; 0: the calling one does. Default: as many as there are cores. */
  threads?: number;
  /** Forget what is in the folder. */
  force?: boolean;
  signal?: AbortSignal;
  progress?: (state: { input: string; tokens: number; documents: number }) => void;
}

export interface Prepared {
  index: TokenIndex;
  hash: string;
  /** Files that were no text. */
  skipped: string[];
}

/**
 * Makes a prepared data set of text: the same bytes for the same inputs, settings and tokenizer, on every machine, however
 * many threads work on it. Interrupted, it goes on from its last whole shard; the index comes last.
 *
 * @throws DataError `DATA_FORMAT`, `DATA_EMPTY`, `DATA_EXISTS`, `PREPARE_DIFFERS`, `TOKENIZER_INVALID`; the signal's reason
 */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { inputs, folder, signal } = options;
  const { tokenizer, index: tokenizerEntry, encoder } = openEncoder(options);
  try {
    await mkdir(folder, { recursive: true });
    const settings = { shardTokens: options.shardTokens ?? SHARD_TOKENS, column: options.column ?? 'text', separator: options.documentSeparator ?? '' };
    const states = await Promise.all(inputs.map(async ({ name }) => stat(name).then((s) => [name, s.size, s.mtimeMs], () => [name])));
    const journal = new Journal(folder, fingerprintOf([VERSION, states, settings, tokenizerEntry, tokenizer.endOfText ?? null]));
    if (options.force) await Promise.all([Journal.discard(folder), rm(join(folder, INDEX_NAME), { force: true })]);
    if (await exists(join(folder, INDEX_NAME))) throw new DataError('DATA_EXISTS', `${folder} holds a prepared data set already: name another folder, or replace it with --force.`);
    const progress = await journal.read();
    await journal.write(progress);
    const tokenType: TokenType = tokenizer.vocabSize <= 256 ? 'u8' : tokenizer.vocabSize <= 65_536 ? 'u16' : 'u32';
    const writer = new ShardWriter({ folder, tokenType, shardTokens: settings.shardTokens, blockBytes: BLOCK_BYTES }, progress?.shards);
    const pieces = encoded(allPieces(inputs, progress, settings, signal), encoder);
    const { documents, skipped } = await writeAll(pieces, writer, journal, { progress, separator: tokenizer.endOfText, inputs, signal, told: options.progress });
    if (writer.shards.length === 0) throw new DataError('DATA_EMPTY', 'There is no text in what was given.');
    const index: TokenIndex = {
      format: 'psyche-tokens', version: 1, tokenType, vocabSize: tokenizer.vocabSize, tokenizer: tokenizerEntry, separator: tokenizer.endOfText ?? null, documents, blockBytes: BLOCK_BYTES,
      tokens: sum(writer.shards.map((s) => s.tokens)), bytes: sum(writer.shards.map((s) => s.bytes)), shards: writer.shards,
    };
    if (options.tokenizer.kind === 'tokenizer.json') await writeWhole(join(folder, TOKENIZER_NAME), options.tokenizer.bytes);
    const hashes = await HashesFile.create(folder);
    for (let number = 0; number < writer.shards.length; number++) await hashes.add(await readFile(join(folder, digestsName(number))));
    await hashes.finish();
    const bytes = encodeIndex(index);
    await writeWhole(join(folder, INDEX_NAME), bytes);
    await journal.remove(writer.shards.length);
    return { index, hash: hashOf(bytes), skipped };
  } finally {
    await encoder.close();
  }
}

function openEncoder({ tokenizer, threads }: PrepareOptions): { tokenizer: BytesTokenizer | HuggingFaceTokenizer; index: IndexTokenizer; encoder: Encoder } {
  if (tokenizer.kind === 'bytes') {
    const bytes = new BytesTokenizer(tokenizer.endOfText ? 257 : 256);
    return { tokenizer: bytes, index: { kind: 'bytes' }, encoder: new InlineEncoder(bytes) };
  }
  const { bytes, endOfText } = tokenizer;
  const parsed = HuggingFaceTokenizer.parse(bytes, endOfText);
  const encoder = threads === 0 ? new InlineEncoder(parsed) : new ThreadedEncoder(bytes, parsed.endOfText, threads ?? availableParallelism());
  return { tokenizer: parsed, index: { kind: 'tokenizer.json', sha256: hashOf(bytes), bytes: bytes.length }, encoder };
}

/** A piece and its place. */
interface Placed extends Piece {
  input: number;
  piece: number;
}

/** The pieces of all inputs, from where an interrupted preparation stopped; those before are read past. */
async function* allPieces(inputs: readonly Input[], progress: Progress | undefined, { column, separator }: { column: string; separator: string }, signal?: AbortSignal): AsyncGenerator<Placed> {
  for (let input = progress?.input ?? 0; input < inputs.length; input++) {
    let piece = 0;
    for await (const { text, end } of documentPieces(inputs[input], { column, separator, signal })) {
      signal?.throwIfAborted();
      if (input !== progress?.input || piece >= progress.piece) yield { text, end, input, piece };
      piece++;
    }
  }
}

interface Encoded {
  place: Placed;
  tokens: Int32Array;
}

/** Characters of a lot, of many small pieces or few large ones. */
const LOT_CHARACTERS = 1 << 17;

/** Pieces with their tokens, in order, while the encoder works on the next ones. */
async function* encoded(pieces: AsyncIterable<Placed>, encoder: Encoder): AsyncGenerator<Encoded> {
  const underWay: { places: Placed[]; tokens: Promise<readonly Int32Array[]> }[] = [];
  async function* oldest(most: number): AsyncGenerator<Encoded> {
    while (underWay.length > most) {
      const { places, tokens } = underWay.shift()!;
      const parts = await tokens;
      for (const [i, place] of places.entries()) yield { place: { ...place, text: '' }, tokens: parts[i] };
    }
  }
  let lot: Placed[] = [];
  let size = 0;
  const send = (): void => {
    const tokens = encoder.encode(lot.map((p) => p.text));
    tokens.catch(() => {});
    underWay.push({ places: lot, tokens });
    [lot, size] = [[], 0];
  };
  for await (const piece of pieces) {
    lot.push(piece);
    size += piece.text.length + 64;
    if (size < LOT_CHARACTERS) continue;
    send();
    yield* oldest(encoder.lots);
  }
  if (lot.length > 0) send();
  yield* oldest(0);
}

interface WriteContext {
  progress: Progress | undefined;
  separator: number | undefined;
  inputs: readonly Input[];
  signal: AbortSignal | undefined;
  told: PrepareOptions['progress'];
}

async function writeAll(pieces: AsyncIterable<Encoded>, writer: ShardWriter, journal: Journal, { progress, separator, inputs, signal, told }: WriteContext): Promise<{ documents: number; skipped: string[] }> {
  let documents = progress?.documents ?? 0;
  let written = sum(writer.shards.map((s) => s.tokens));
  let skip = progress?.skip ?? 0;
  const seen = new Set<number>(progress ? Array.from({ length: progress.input + 1 }, (_, i) => i) : []);
  const ending = Int32Array.from(separator === undefined ? [] : [separator]);
  try {
    for await (const { place, tokens } of pieces) {
      signal?.throwIfAborted();
      seen.add(place.input);
      const all = place.end && ending.length > 0 ? concat(tokens, ending) : tokens;
      for (let at = skip; at < all.length; ) {
        const taken = await writer.write(all.subarray(at));
        at += taken;
        written += taken;
        if (!writer.isFull) continue;
        await writer.finishShard();
        await journal.write({ shards: writer.shards, input: place.input, piece: place.piece, skip: at, documents });
      }
      skip = 0;
      if (place.end) documents++;
      told?.({ input: inputs[place.input].name, tokens: written, documents });
    }
    await writer.finishShard();
  } finally {
    await writer.close();
  }
  return { documents, skipped: inputs.filter((_, i) => !seen.has(i)).map((i) => i.name) };
}

function concat(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);
