import * as zlib from 'node:zlib';
import bs58 from 'bs58';
import type { AccountState } from '../ledger/account.js';
import { invalidParams, RpcCode, RpcError } from './errors.js';
import type { Config } from './params.js';
import { type AccountLookup, parsedAccount } from './parsed-account.js';

const ENCODINGS = ['binary', 'base58', 'base64', 'base64+zstd', 'jsonParsed'] as const;
export type AccountEncoding = (typeof ENCODINGS)[number];

/** How a client wants accounts to be written. */
export interface AccountFormat {
  readonly encoding: AccountEncoding;
  readonly slice?: { readonly offset: number; readonly length: number };
}

/** Base58 takes quadratic time. */
const MAX_BASE58_BYTES = 128;
const RENT_EPOCH = 2n ** 64n - 1n;

export function accountFormat(config: Config, fallback: AccountEncoding = 'binary'): AccountFormat {
  const encoding = config.choice('encoding', ENCODINGS) ?? fallback;
  const slice = config.value.dataSlice;
  if (slice === undefined || slice === null) return { encoding };
  const { offset, length } = slice as { offset?: unknown; length?: unknown };
  if (!isSize(offset) || !isSize(length)) throw invalidParams('Invalid params: dataSlice needs whole numbers offset and length');
  return { encoding, slice: { offset, length } };
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** An account as Solana's JSON-RPC shows it. `lookup` finds mints, whose decimals parsed token accounts need. */
export function encodeAccount(address: string, account: AccountState, format: AccountFormat, lookup: AccountLookup): object {
  const { data, executable, lamports, owner } = account;
  return {
    data: encodeData(address, account, format, lookup), executable, lamports, owner, rentEpoch: RENT_EPOCH,
    space: data.length,
  };
}

function encodeData(address: string, account: AccountState, { encoding, slice }: AccountFormat, lookup: AccountLookup): unknown {
  if (encoding === 'jsonParsed') {
    const parsed = parsedAccount(address, account, lookup);
    if (parsed) return parsed;
  }
  const data = slice ? account.data.subarray(slice.offset, slice.offset + slice.length) : account.data;
  switch (encoding) {
    case 'binary':
      return base58(data);
    case 'base58':
      return [base58(data), 'base58'];
    case 'base64+zstd':
      return [zstd(data).toString('base64'), 'base64+zstd'];
    default:
      return [data.toString('base64'), 'base64'];
  }
}

function base58(data: Buffer): string {
  if (data.length <= MAX_BASE58_BYTES) return bs58.encode(data);
  throw new RpcError(
    RpcCode.invalidRequest,
    'Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.',
  );
}

type Compress = (data: Buffer) => Buffer;

/** Zstandard from Node 22.15 on; before, a valid frame whose blocks are stored as they are. */
export const zstd: Compress = (zlib as { zstdCompressSync?: Compress }).zstdCompressSync ?? storedZstd;

const MAX_BLOCK = 128 * 1024;

/** A Zstandard frame (RFC 8878) of raw blocks: every decoder reads it, and Node 20 can write it. */
export function storedZstd(data: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0xfd2fb528, 0);
  header[4] = 0b1010_0000; // content size in 4 bytes, a single segment
  header.writeUInt32LE(data.length, 5);
  const parts: Buffer[] = [header];
  for (let offset = 0; offset === 0 || offset < data.length; offset += MAX_BLOCK) {
    const block = data.subarray(offset, offset + MAX_BLOCK);
    const last = offset + MAX_BLOCK >= data.length ? 1 : 0;
    const blockHeader = Buffer.alloc(3);
    blockHeader.writeUIntLE((block.length << 3) | last, 0, 3);
    parts.push(blockHeader, block);
  }
  return Buffer.concat(parts);
}
