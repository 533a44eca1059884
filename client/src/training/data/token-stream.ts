import { DataError } from '../errors.js';
import type { RandomAccessFile } from './random-access.js';
import { TOKEN_BYTES, type TokenType } from './token-index.js';

/** Tokens in a row, of which any part can be read. */
export interface TokenStream {
  readonly tokens: number;
  /** Exactly `count` tokens from `start`. @throws DataError where they are not those that were promised */
  read(start: number, count: number, signal?: AbortSignal): Promise<Int32Array>;
  close(): Promise<void>;
}

/**
 * Little-endian tokens as numbers.
 * @param bytes a whole number of tokens
 * @throws DataError `DATA_TOKEN_RANGE`: a token that the model has no row for would be read from beyond its embeddings
 */
export function decodeTokens(bytes: Uint8Array, type: TokenType, vocabSize: number, name: string): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = TOKEN_BYTES[type];
  const tokens = new Int32Array(bytes.length / width);
  for (let i = 0; i < tokens.length; i++) {
    const token = width === 2 ? view.getUint16(2 * i, true) : width === 4 ? view.getUint32(4 * i, true) : bytes[i];
    if (token >= vocabSize) throw new DataError('DATA_TOKEN_RANGE', `${name} has the token ${token}, and its vocabulary ends at ${vocabSize - 1}: the data set is not what its index says.`);
    tokens[i] = token;
  }
  return tokens;
}

/** A file whose every byte is a token. */
export class ByteStream implements TokenStream {
  readonly tokens: number;

  constructor(private readonly file: RandomAccessFile) {
    this.tokens = file.size;
  }

  async read(start: number, count: number, signal?: AbortSignal): Promise<Int32Array> {
    return Int32Array.from(await this.file.read(start, count, signal));
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
