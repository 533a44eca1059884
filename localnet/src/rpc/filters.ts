import bs58 from 'bs58';
import type { AccountState } from '../ledger/account.js';
import { isTokenAccount } from '../ledger/token-balances.js';
import { base64 } from './decode-transaction.js';
import { invalidParams } from './errors.js';

const MAX_FILTERS = 4;
const MAX_MEMCMP_BYTES = 128;

type Filter = (account: AccountState) => boolean;

/** The `filters` of getProgramAccounts and programSubscribe: an account must pass all of them. */
export function accountFilter(filters: unknown): Filter {
  if (filters === undefined || filters === null) return () => true;
  if (!Array.isArray(filters)) throw invalidParams('Invalid params: filters must be an array');
  if (filters.length > MAX_FILTERS) throw invalidParams(`Too many filters provided; max ${MAX_FILTERS}`);
  const all = filters.map(parseFilter);
  return (account) => all.every((passes) => passes(account));
}

function parseFilter(filter: unknown): Filter {
  if (filter === 'tokenAccountState') return isTokenAccount;
  const { dataSize, memcmp, tokenAccountState } = (filter ?? {}) as Record<string, unknown>;
  if (tokenAccountState !== undefined) return isTokenAccount;
  if (Number.isSafeInteger(dataSize)) return (account) => account.data.length === dataSize;
  if (memcmp === null || typeof memcmp !== 'object') throw invalidParams('Invalid params: a filter is {"dataSize": …} or {"memcmp": …}');
  const { offset, bytes, encoding } = memcmp as Record<string, unknown>;
  if (!Number.isSafeInteger(offset) || (offset as number) < 0) throw invalidParams('Invalid params: memcmp.offset must be a whole number');
  const wanted = Buffer.from(memcmpBytes(bytes, encoding));
  if (wanted.length > MAX_MEMCMP_BYTES) throw invalidParams('Invalid param: DataTooLarge');
  const from = offset as number;
  return ({ data }) => data.length >= from + wanted.length && data.subarray(from, from + wanted.length).equals(wanted);
}

function memcmpBytes(bytes: unknown, encoding: unknown): Uint8Array {
  if (Array.isArray(bytes) && bytes.every((b) => Number.isInteger(b) && b >= 0 && b < 256)) return Uint8Array.from(bytes);
  if (typeof bytes !== 'string' || bytes.length > 200) throw invalidParams('Invalid params: memcmp.bytes must be a short text');
  if (encoding === 'base64') {
    const decoded = base64(bytes);
    if (!decoded) throw invalidParams('Invalid param: memcmp.bytes is not base64');
    return decoded;
  }
  if (encoding !== undefined && encoding !== null && encoding !== 'base58' && encoding !== 'binary') {
    throw invalidParams('Invalid params: memcmp.encoding must be base58 or base64');
  }
  const decoded = bs58.decodeUnsafe(bytes);
  if (!decoded) throw invalidParams('Invalid param: memcmp.bytes is not base58');
  return decoded;
}
