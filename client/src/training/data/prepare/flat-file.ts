import { DataError } from '../../errors.js';
import type { RandomAccessFile } from '../random-access.js';
import { TOKEN_BYTES, type TokenType } from '../token-index.js';

/** Where a flat file's tokens are, and what they are made of. */
export interface FlatLayout {
  tokenType: TokenType;
  offset: number;
  tokens: number;
}

const NPY_MAGIC = '\x93NUMPY';
const NPY_TYPES: Record<string, TokenType> = { '<u2': 'u16', '<u4': 'u32', '<i4': 'i32', '|u1': 'u8' };

/** Headers of llm.c: 256 words, of which the first three are this, a version and the number of tokens. */
const LLMC_BYTES = 1024;
const LLMC_TYPES: Record<string, TokenType> = { '20240520 1': 'u16', '20240801 7': 'u32' };

/**
 * How tokens lie in a file: NumPy's .npy with one dimension, llm.c's .bin with a header, or nothing but tokens, as nanoGPT's
 * train.bin (u16) and Psyche's .ds and .bin (u16 or u32, which the files themselves don't say).
 *
 * @param given what the operator says of files without a header; absent: u16 for .bin
 * @throws DataError `DATA_FORMAT`
 */
export async function flatLayout(file: RandomAccessFile, given?: TokenType): Promise<FlatLayout> {
  const head = Buffer.from(await file.read(0, Math.min(file.size, 1 << 16)));
  const found = head.toString('latin1', 0, 6) === NPY_MAGIC ? npy(file.name, head) : llmc(head);
  if (found) {
    if (found.offset + found.tokens * TOKEN_BYTES[found.tokenType] !== file.size) throw invalid(file.name, `its header announces ${found.tokens} tokens, which ${file.size} bytes do not hold`);
    if (given !== undefined && given !== found.tokenType) throw invalid(file.name, `its header says ${found.tokenType}, not ${given}`);
    return found;
  }
  const tokenType = given ?? (file.name.endsWith('.bin') ? 'u16' : undefined);
  if (tokenType === undefined) throw invalid(file.name, 'it does not say how long its tokens are: add --token-type u16 or --token-type u32');
  const width = TOKEN_BYTES[tokenType];
  if (file.size % width !== 0 || file.size === 0) throw invalid(file.name, `${file.size} bytes are no whole number of ${tokenType} tokens`);
  if (given === undefined && looksLikeU32(head)) throw invalid(file.name, 'its tokens look like u32, not u16: add --token-type u32 (or u16, if they are that)');
  return { tokenType, offset: 0, tokens: file.size / width };
}

function npy(name: string, head: Buffer): FlatLayout {
  if (head.length < 12) throw invalid(name, 'its .npy header cannot be read');
  const major = head[6];
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
  if (major < 1 || major > 3 || start + length > head.length) throw invalid(name, 'its .npy header cannot be read');
  const text = head.toString('latin1', start, start + length);
  const tokenType = NPY_TYPES[/'descr':\s*'([^']*)'/.exec(text)?.[1] ?? ''];
  const shape = /'shape':\s*\(\s*(\d{1,16})\s*,?\s*\)/.exec(text);
  if (tokenType === undefined) throw invalid(name, 'its elements are not uint8, uint16, uint32 or int32 in little-endian order');
  if (shape === null) throw invalid(name, 'it is not an array of one dimension');
  return { tokenType, offset: start + length, tokens: Number(shape[1]) };
}

function llmc(head: Buffer): FlatLayout | undefined {
  if (head.length < LLMC_BYTES) return undefined;
  const tokenType = LLMC_TYPES[`${head.readInt32LE(0)} ${head.readInt32LE(4)}`];
  return tokenType && { tokenType, offset: LLMC_BYTES, tokens: head.readUInt32LE(8) };
}

/** Every other half of a u32 token below 2²⁰ is at most 15, which as u16 tokens would be a strange text. */
function looksLikeU32(head: Buffer): boolean {
  const pairs = Math.floor(head.length / 4);
  let small = 0;
  for (let i = 0; i < pairs; i++) if (head.readUInt16LE(4 * i + 2) < 16) small++;
  return pairs >= 64 && small > 0.99 * pairs;
}

function invalid(name: string, why: string): DataError {
  return new DataError('DATA_FORMAT', `${name} is not a flat file of tokens that can be used: ${why}.`);
}
