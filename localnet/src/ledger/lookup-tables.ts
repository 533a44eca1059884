import bs58 from 'bs58';
import type { AccountState } from './account.js';
import { LOOKUP_TABLE_PROGRAM } from './addresses.js';
import type { TransactionErrorJson } from './transaction-error.js';
import type { WireTransaction } from './wire.js';

/** Keys that came from lookup tables. */
export interface LoadedAddresses {
  readonly readonly: readonly string[];
  readonly writable: readonly string[];
}

/** A lookup table's addresses begin after its header. */
const HEADER_BYTES = 56;

/**
 * All account keys of a transaction: static ones, then writable, then read-only ones from its lookup tables. Where a table
 * or an entry is missing the key is left out: the transaction will fail, and LiteSVM says how.
 */
export function resolveKeys(
  tx: WireTransaction, account: (address: string) => AccountState | null,
): { keys: string[]; loadedWritable: number } {
  if (tx.lookups.length === 0) return { keys: [...tx.staticKeys], loadedWritable: 0 };
  const pick = (table: string, indices: readonly number[]): string[] => {
    const data = account(table)?.data;
    return indices.flatMap((index) => {
      const key = data?.subarray(HEADER_BYTES + 32 * index, HEADER_BYTES + 32 * (index + 1));
      return key?.length === 32 ? [bs58.encode(key)] : [];
    });
  };
  const writable = tx.lookups.flatMap((lookup) => pick(lookup.table, lookup.writable));
  const readonly = tx.lookups.flatMap((lookup) => pick(lookup.table, lookup.readonly));
  return { keys: [...tx.staticKeys, ...writable, ...readonly], loadedWritable: writable.length };
}

/** Those of a transaction's keys that its lookup tables gave. */
export function loadedAddresses(tx: WireTransaction, keys: readonly string[], loadedWritable: number): LoadedAddresses {
  const loaded = keys.slice(tx.staticKeys.length);
  return { readonly: loaded.slice(loadedWritable), writable: loaded.slice(0, loadedWritable) };
}

/** Why a transaction's lookup tables cannot be used, or `null`. */
export function lookupProblem(tx: WireTransaction, account: (address: string) => AccountState | null): TransactionErrorJson | null {
  for (const { readonly, table, writable } of tx.lookups) {
    const state = account(table);
    if (!state) return 'AddressLookupTableNotFound';
    if (state.owner !== LOOKUP_TABLE_PROGRAM) return 'InvalidAddressLookupTableOwner';
    if (state.data.length < HEADER_BYTES) return 'InvalidAddressLookupTableData';
    const count = (state.data.length - HEADER_BYTES) >> 5;
    if ([...writable, ...readonly].some((index) => index >= count)) return 'InvalidAddressLookupTableIndex';
  }
  return null;
}
