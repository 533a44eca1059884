import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '../../errors.js';
import { type RandomAccessFile, readThrough } from '../random-access.js';
import type { Input } from './inputs.js';
import { parquetTexts } from './parquet.js';
import { type Piece, PieceCutter, piecesOf } from './pieces.js';

export interface DocumentOptions {
  /** The column of a Parquet file, or the field of a JSON object, that holds the text. */
  column: string;
  /** Between documents of a text file; absent: each file is one. */
  separator?: string;
  signal?: AbortSignal;
}

/** A line of JSON is held in memory. */
const MAX_LINE_CHARACTERS = 1 << 28;

/** Bytes at the beginning of a file in which a zero says that it is no text. */
const PROBE_BYTES = 8192;

/**
 * The documents of a file, in pieces. A file that is neither text nor anything else this client reads has none.
 * @throws DataError `DATA_FORMAT` with file and line
 */
export async function* documentPieces(input: Input, options: DocumentOptions): AsyncGenerator<Piece> {
  const file = await input.open();
  try {
    if (input.kind === 'parquet') {
      for await (const text of parquetTexts(file, options.column, options.signal)) yield* piecesOf(text);
    } else if (input.kind === 'jsonl') {
      for await (const text of jsonTexts(input.name, textOf(file, input.gzip, options.signal), options.column)) yield* piecesOf(text);
    } else if (input.gzip || !(await isBinary(file))) {
      const cutter = new PieceCutter(options.separator);
      for await (const chunk of textOf(file, input.gzip, options.signal)) yield* cutter.push(chunk);
      yield* cutter.end();
    }
  } finally {
    await file.close();
  }
}

async function isBinary(file: RandomAccessFile): Promise<boolean> {
  return (await file.read(0, Math.min(PROBE_BYTES, file.size))).includes(0);
}

/** A file as UTF-8; what is none becomes U+FFFD. */
async function* textOf(file: RandomAccessFile, gzip: boolean, signal?: AbortSignal): AsyncGenerator<string> {
  const bytes = readThrough(file, 0, file.size, 1 << 20, signal);
  const decoder = new TextDecoder();
  try {
    for await (const chunk of gzip ? (Readable.from(bytes).pipe(createGunzip()) as AsyncIterable<Uint8Array>) : bytes) yield decoder.decode(chunk, { stream: true });
  } catch (cause) {
    if (!String((cause as { code?: unknown }).code).startsWith('Z_')) throw cause;
    throw new DataError('DATA_FORMAT', `${file.name} is not a whole gzip file: ${(cause as Error).message}.`, { cause });
  }
  yield decoder.decode();
}

async function* jsonTexts(name: string, chunks: AsyncIterable<string>, column: string): AsyncGenerator<string> {
  // Of the line that has not ended yet. It is not searched again with every chunk, which would take the square of its length.
  let begun: string[] = [];
  let length = 0;
  let number = 0;
  for await (const chunk of chunks) {
    const [first, ...others] = chunk.split('\n');
    begun.push(first);
    length += first.length;
    if (length > MAX_LINE_CHARACTERS) throw new DataError('DATA_FORMAT', `${name}: line ${number + 1} is longer than ${MAX_LINE_CHARACTERS} characters: it is not JSON Lines.`);
    if (others.length === 0) continue;
    const lines = [begun.join(''), ...others];
    const last = lines.pop()!;
    begun = [last];
    length = last.length;
    for (const line of lines) {
      number++;
      if (line.trim() !== '') yield textField(name, number, line, column);
    }
  }
  const rest = begun.join('');
  if (rest.trim() !== '') yield textField(name, number + 1, rest, column);
}

function textField(name: string, number: number, line: string, column: string): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new DataError('DATA_FORMAT', `${name}: line ${number} is not JSON.`, { cause });
  }
  const text: unknown = typeof value === 'object' && value !== null && Object.hasOwn(value, column) ? (value as Record<string, unknown>)[column] : undefined;
  if (typeof text !== 'string') throw new DataError('DATA_FORMAT', `${name}: line ${number} has no text in "${column}": name the field with --column.`);
  return text;
}
