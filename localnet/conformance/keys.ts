import { Keypair } from '@solana/web3.js';

/** Keys that are the same on both validators. */
export const keyOf = (byte: number): Keypair => Keypair.fromSeed(Buffer.alloc(32, byte));
export const KEYS = {
  payer: keyOf(101), tokenPayer: keyOf(102), token22Payer: keyOf(103), loaderPayer: keyOf(104), bob: keyOf(105), carol: keyOf(106),
  nonce: keyOf(107), aux: keyOf(108), nobody: keyOf(109), /** Who gets what the first and the last of the payers send: only one of the four may change an account. */
  recipient: keyOf(110), heir: keyOf(111),
} as const;

export const MEMO_PROGRAM = 'MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr';

/** Addresses, signatures and the like of what was set up, by name: other values on each validator. */
export type Scene = Record<string, string>;
