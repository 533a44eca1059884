import assert from 'node:assert/strict';
import type { Keypair } from '@solana/web3.js';
import type { Network } from '../support/network.js';

/** What a key has when a network first gives it. */
const START = 10_000_000_000n;

/** Watches what everyone pays in fees, so that in the end each balance can be accounted for to the lamport. */
export class Accounts {
  readonly #fees = new Map<string, bigint>();
  readonly #lost = new Map<string, bigint>();

  constructor(readonly network: Network) {
    network.bank.on(
      'transaction', ({ accountKeys: [payer], fee }) => void this.#fees.set(payer, (this.#fees.get(payer) ?? 0n) + BigInt(fee)),
    );
  }

  /** The key has given so many lamports for good, or got them where it is negative. */
  lose(key: Keypair, lamports: bigint): void {
    const address = key.publicKey.toBase58();
    this.#lost.set(address, (this.#lost.get(address) ?? 0n) + lamports);
  }

  /** Every one of the keys has what it had less its fees and what it lost for good. */
  check(keys: readonly Keypair[]): void {
    for (const key of keys) {
      const address = key.publicKey.toBase58();
      const left = START - (this.#fees.get(address) ?? 0n) - (this.#lost.get(address) ?? 0n);
      assert.equal(this.network.lamports(key.publicKey), left, `the lamports of ${address}`);
    }
  }
}
