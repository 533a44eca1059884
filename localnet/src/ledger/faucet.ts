import { createHash } from 'node:crypto';
import { ComputeBudgetProgram, Keypair, PublicKey, SystemProgram, Transaction } from '@solana/web3.js';
import type { AccountState } from './account.js';
import { SYSTEM_PROGRAM } from './addresses.js';
import { signedBytes } from './signing.js';

/** A key that is the same for the same chain. */
export function derivedKeypair(seed: Uint8Array, purpose: string): Keypair {
  return Keypair.fromSeed(createHash('sha256').update(`psyche-localnet-${purpose}`).update(seed).digest());
}

/** Where airdrops come from: an account like any other, whose transfers are ordinary transactions. */
export class Faucet {
  readonly #key: Keypair;
  #count = 0;

  constructor(seed: Uint8Array) {
    this.#key = derivedKeypair(seed, 'faucet');
  }

  get address(): string {
    return this.#key.publicKey.toBase58();
  }

  static account(lamports = 500_000_000_000_000_000n): AccountState {
    return { lamports, owner: SYSTEM_PROGRAM, data: Buffer.alloc(0), executable: false };
  }

  /** A signed transfer, unlike any before it: two equal airdrops in one slot must not be duplicates. */
  transfer(to: string, lamports: bigint, blockhash: string): Uint8Array {
    this.#count = (this.#count + 1) % 100_000;
    const tx = new Transaction({ feePayer: this.#key.publicKey, recentBlockhash: blockhash }).add(
      ComputeBudgetProgram.setComputeUnitLimit({ units: 1_000 + this.#count }),
      SystemProgram.transfer({ fromPubkey: this.#key.publicKey, toPubkey: new PublicKey(to), lamports }),
    );
    return signedBytes(tx, [this.#key]);
  }
}
