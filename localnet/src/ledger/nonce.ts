import { createHash } from 'node:crypto';
import bs58 from 'bs58';
import type { AccountState } from './account.js';
import { SYSTEM_PROGRAM } from './addresses.js';
import type { WireTransaction } from './wire.js';

const ADVANCE_NONCE = 4;
const NONCE_BYTES = 80;

/** Whether a transaction names, in place of a recent blockhash, the durable nonce that its first instruction advances. */
export function usesDurableNonce(tx: WireTransaction, account: (address: string) => AccountState | null): boolean {
  const first = tx.instructions[0];
  if (!first || tx.staticKeys[first.programIdIndex] !== SYSTEM_PROGRAM) return false;
  if (first.data.length < 4 || Buffer.from(first.data).readUInt32LE(0) !== ADVANCE_NONCE) return false;
  const state = account(tx.staticKeys[first.accounts[0]] ?? '');
  // version u32, state u32 (1 = initialized), authority, nonce, fee
  if (state?.owner !== SYSTEM_PROGRAM || state.data.length !== NONCE_BYTES || state.data.readUInt32LE(4) !== 1) return false;
  return bs58.encode(state.data.subarray(40, 72)) === tx.recentBlockhash;
}

/**
 * The nonce account as a transaction that failed leaves it: what it paid for with its nonce is used up, so the account
 * moves on although all else is undone. `null` where it moved on already.
 */
export function advancedNonce(account: AccountState, used: string, blockhash: Uint8Array): AccountState | null {
  if (bs58.encode(account.data.subarray(40, 72)) !== used) return null;
  const data = Buffer.from(account.data);
  createHash('sha256').update('DURABLE_NONCE').update(blockhash).digest().copy(data, 40);
  return { ...account, data };
}
