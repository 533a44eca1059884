import { createHash } from 'node:crypto';
import { DataError } from '../errors.js';
import { isInnerPath } from './remote/location.js';

export const INDEX_NAME = 'index.json';

/** An index names its shards; more of them are a mistake, or an attack. */
export const MAX_INDEX_BYTES = 64 << 20;
const MAX_SHARDS = 1 << 18;
const MAX_BYTES = 2 ** 52;

/** A shard's block hashes are held in memory while it is open: 64 MiB at most. */
const MAX_SHARD_BLOCKS = 1 << 21;

/** Bytes of one token. All are little-endian; of `i32` none is negative. */
export const TOKEN_BYTES = { u8: 1, u16: 2, u32: 4, i32: 4 } as const;
export type TokenType = keyof typeof TOKEN_BYTES;

/** One flat file of tokens. */
export interface Shard {
  /** From the index's own folder. */
  path: string;
  /** Of the whole file. */
  bytes: number;
  /** Where its tokens begin: behind the header of a .npy file, else 0. */
  offset: number;
  tokens: number;
  /** Hex SHA-256 of the SHA-256s of its blocks, one after the other. */
  hash: string;
}

export type IndexTokenizer = { kind: 'bytes' } | { kind: 'tokenizer.json'; sha256: string; bytes: number } | { kind: 'unknown' };

/**
 * A prepared data set (docs/data.md): tokens in flat files, with hashes by which any part of them can be verified. The
 * SHA-256 of this index's bytes names the set in a run's manifest.
 */
export interface TokenIndex {
  format: 'psyche-tokens';
  version: 1;
  tokenType: TokenType;
  /** Every token is below. */
  vocabSize: number;
  tokenizer: IndexTokenizer;
  /** The token after each document; null: there is none. */
  separator: number | null;
  /** null: not counted. */
  documents: number | null;
  /** Shards are hashed in blocks of so many bytes, the last one shorter. */
  blockBytes: number;
  tokens: number;
  bytes: number;
  shards: Shard[];
}

/** The canonical bytes: fixed order of fields, a line for each shard, so that equal sets have equal hashes. */
export function encodeIndex(index: TokenIndex): Buffer {
  const { shards, ...head } = checkIndex(index);
  const text = `${JSON.stringify(head, null, 1).slice(0, -2)},\n "shards": [\n${shards.map((s) => `  ${JSON.stringify(s)}`).join(',\n')}\n ]\n}\n`;
  return Buffer.from(text);
}

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Reads an index that anybody may have written.
 * @throws DataError `DATA_INDEX_INVALID` naming the field
 */
export function parseIndex(bytes: Uint8Array): TokenIndex {
  if (bytes.length > MAX_INDEX_BYTES) throw invalid('it', `is longer than ${MAX_INDEX_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    throw invalid('it', 'is not JSON');
  }
  return checkIndex(value);
}

function checkIndex(value: unknown): TokenIndex {
  const top = object(value, 'it');
  if (top.format !== 'psyche-tokens' || top.version !== 1) throw invalid('format', 'is not that of a prepared data set of this client, version 1');
  const tokenType = top.tokenType as TokenType;
  if (typeof tokenType !== 'string' || !Object.hasOwn(TOKEN_BYTES, tokenType)) throw invalid('tokenType', 'is none of u8, u16, u32, i32');
  const blockBytes = whole(top, 'blockBytes', 1 << 12, 1 << 24);
  if (blockBytes % 4096 !== 0) throw invalid('blockBytes', 'is not a multiple of 4096');
  const vocabSize = whole(top, 'vocabSize', 1, Math.min(1 << 24, 2 ** (8 * TOKEN_BYTES[tokenType])));
  if (!Array.isArray(top.shards) || top.shards.length < 1 || top.shards.length > MAX_SHARDS) throw invalid('shards', `is not a list of 1 to ${MAX_SHARDS}`);
  const shards: Shard[] = top.shards.map((shard, i) => checkShard(shard, `shards[${i}]`, TOKEN_BYTES[tokenType]));
  const large = shards.findIndex((s) => s.bytes / blockBytes > MAX_SHARD_BLOCKS);
  if (large >= 0) throw invalid(`shards[${large}].bytes`, `are more than ${MAX_SHARD_BLOCKS} blocks`);
  if (new Set(shards.map((s) => s.path)).size < shards.length) throw invalid('shards', 'has one file twice');
  const index: TokenIndex = {
    format: 'psyche-tokens',
    version: 1,
    tokenType,
    vocabSize,
    tokenizer: checkTokenizer(top.tokenizer),
    separator: top.separator === null ? null : whole(top, 'separator', 0, vocabSize - 1),
    documents: top.documents === null ? null : whole(top, 'documents', 0, MAX_BYTES),
    blockBytes,
    tokens: whole(top, 'tokens', 1, MAX_BYTES),
    bytes: whole(top, 'bytes', 1, MAX_BYTES),
    shards,
  };
  for (const field of ['tokens', 'bytes'] as const) {
    if (shards.reduce((sum, s) => sum + s[field], 0) !== index[field]) throw invalid(field, 'is not the sum of the shards\'');
  }
  return index;
}

function checkShard(value: unknown, name: string, width: number): Shard {
  const s = object(value, name);
  if (typeof s.path !== 'string' || !isInnerPath(s.path)) throw invalid(`${name}.path`, 'is no path inside the folder');
  if (typeof s.hash !== 'string' || !/^[0-9a-f]{64}$/.test(s.hash)) throw invalid(`${name}.hash`, 'is not 32 bytes in lower-case hex');
  const [bytes, offset, tokens] = [whole(s, 'bytes', 1, MAX_BYTES), whole(s, 'offset', 0, 1 << 20), whole(s, 'tokens', 1, MAX_BYTES)];
  if (offset + tokens * width > bytes) throw invalid(`${name}.tokens`, 'do not fit its bytes');
  return { path: s.path, bytes, offset, tokens, hash: s.hash };
}

function checkTokenizer(value: unknown): IndexTokenizer {
  const t = object(value, 'tokenizer');
  if (t.kind === 'bytes' || t.kind === 'unknown') return { kind: t.kind };
  if (t.kind !== 'tokenizer.json' || typeof t.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(t.sha256)) throw invalid('tokenizer', 'is not one that this client knows');
  return { kind: 'tokenizer.json', sha256: t.sha256, bytes: whole(t, 'bytes', 1, 1 << 26) };
}

function whole(from: Record<string, unknown>, key: string, least: number, most: number): number {
  const v = from[key];
  if (typeof v !== 'number' || !Number.isSafeInteger(v) || v < least || v > most) throw invalid(key, `is not a whole number from ${least} to ${most}`);
  return v;
}

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, 'is not an object');
  return value as Record<string, unknown>;
}

function invalid(field: string, problem: string): DataError {
  return new DataError('DATA_INDEX_INVALID', `The data set's index is not usable: ${field} ${problem}. Prepare it again with \`psyche-client data prepare\`.`);
}
