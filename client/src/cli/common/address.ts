import { PublicKey } from '@solana/web3.js';
import { PsycheError } from '../../errors.js';

/** @throws PsycheError `BAD_ADDRESS` */
export function parseAddress(text: string): PublicKey {
  try {
    return new PublicKey(text);
  } catch (cause) {
    throw new PsycheError('BAD_ADDRESS', `"${text}" is no address: base58 of 32 bytes.`, { cause });
  }
}
