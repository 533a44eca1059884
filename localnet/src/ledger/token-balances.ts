import bs58 from 'bs58';
import type { AccountState } from './account.js';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from './addresses.js';

/** A token amount as Solana's JSON-RPC shows it. */
export interface UiTokenAmount {
  readonly amount: string;
  readonly decimals: number;
  readonly uiAmount: number | null;
  readonly uiAmountString: string;
}

export interface TokenBalance {
  readonly accountIndex: number;
  readonly mint: string;
  readonly owner: string;
  readonly programId: string;
  readonly uiTokenAmount: UiTokenAmount;
}

const ACCOUNT_BYTES = 165;
const MINT_BYTES = 82;
/** In Token-2022, the byte after a base account's space says what the account is: 1 a mint, 2 a token account. */
const KIND_OFFSET = ACCOUNT_BYTES;

/** Whether an address is one of the two token programs. */
export const isTokenProgram = (owner: string): boolean => owner === TOKEN_PROGRAM || owner === TOKEN_2022_PROGRAM;

/** Whether an account holds an initialized token account of either token program. */
export function isTokenAccount(account: AccountState): boolean {
  const { data, owner } = account;
  if (!isTokenProgram(owner) || data.length < ACCOUNT_BYTES || data[108] === 0) return false;
  return data.length === ACCOUNT_BYTES || (owner === TOKEN_2022_PROGRAM && data[KIND_OFFSET] === 2);
}

/** Whether an account holds an initialized mint of either token program. */
export function isMint(account: AccountState): boolean {
  const { data, owner } = account;
  if (!isTokenProgram(owner) || data.length < MINT_BYTES || data[45] !== 1) return false;
  return data.length === MINT_BYTES || (owner === TOKEN_2022_PROGRAM && data.length > KIND_OFFSET && data[KIND_OFFSET] === 1);
}

export const tokenMint = (account: AccountState): string => bs58.encode(account.data.subarray(0, 32));
export const tokenOwner = (account: AccountState): string => bs58.encode(account.data.subarray(32, 64));
export const tokenAmount = (account: AccountState): bigint => account.data.readBigUInt64LE(64);
export const mintSupply = (account: AccountState): bigint => account.data.readBigUInt64LE(36);
export const mintDecimals = (account: AccountState): number => account.data[44];

/** Writes an amount of base units with its decimal point, without trailing zeros. */
export function uiAmount(amount: bigint, decimals: number): UiTokenAmount {
  const digits = amount.toString().padStart(decimals + 1, '0');
  const split = digits.length - decimals;
  const text = decimals === 0 ? digits : `${digits.slice(0, split)}.${digits.slice(split)}`.replace(/\.?0+$/, '');
  return { amount: amount.toString(), decimals, uiAmount: Number(text), uiAmountString: text };
}

/** The token balances among a transaction's accounts; `account` looks any account up. */
export function tokenBalances(
  keys: readonly string[], states: readonly (AccountState | null)[], account: (address: string) => AccountState | null,
): TokenBalance[] {
  return keys.flatMap((_, accountIndex) => {
    const state = states[accountIndex];
    if (!state || !isTokenAccount(state)) return [];
    const mint = tokenMint(state);
    const mintState = account(mint);
    if (!mintState || !isMint(mintState)) return [];
    const amount = uiAmount(tokenAmount(state), mintDecimals(mintState));
    return [{
      accountIndex, mint, owner: tokenOwner(state), programId: state.owner,
      // Agave's ledger keeps amounts of 0 without their number.
      uiTokenAmount: { ...amount, uiAmount: amount.uiAmount || null },
    }];
  });
}
