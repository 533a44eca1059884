/**
 * A chain inside the test's own process, without sockets or timers: time passes only by `advanceSlots`/`warpToSlot`.
 *
 * ```ts
 * const bank = createTestBank({ programs: [{ id: COORDINATOR, elf: readFileSync('programs/deploy/coordinator.so') }] });
 * const payer = fundedKeypair(bank);
 * const { err, logs, unitsConsumed } = send(bank, [instruction], [payer]);
 * bank.advanceSlots(3);
 * ```
 *
 * @packageDocumentation
 */
import { Keypair, type Signer, Transaction, type TransactionInstruction } from '@solana/web3.js';
import { Bank } from './ledger/bank.js';
import type { BankOptions, SendResult } from './ledger/bank-types.js';
import { signedBytes } from './ledger/signing.js';

export { Bank } from './ledger/bank.js';
export type { BankOptions, SendResult } from './ledger/bank-types.js';
export type { AccountState } from './ledger/account.js';

/** A bank whose slots, hashes and clock are the same in every run. */
export function createTestBank(options: Omit<BankOptions, 'manual'> = {}): Bank {
  return new Bank({ ...options, manual: true });
}

/** A new key with lamports, 100 SOL unless told. The same `seed` byte gives the same key. */
export function fundedKeypair(bank: Bank, options: { seed?: number; lamports?: bigint } = {}): Keypair {
  const key = options.seed === undefined ? Keypair.generate() : Keypair.fromSeed(Buffer.alloc(32, options.seed));
  const { err } = bank.airdrop(key.publicKey.toBase58(), options.lamports ?? 100_000_000_000n);
  if (err) throw new Error(`airdrop failed: ${JSON.stringify(err)}`);
  return key;
}


/**
 * Signs instructions with the newest blockhash and executes them; the first signer pays. Two equal transactions in one
 * slot would be duplicates, so an `AlreadyProcessed` moves on to the next slot and tries again, unless `once` is set.
 */
export function send(
  bank: Bank, instructions: TransactionInstruction[], signers: Signer[], options: { once?: boolean } = {},
): SendResult {
  const attempt = (): SendResult => {
    const transaction = new Transaction({
      feePayer: signers[0].publicKey, recentBlockhash: bank.latestBlockhash().blockhash,
    }).add(...instructions);
    return bank.sendTransaction(signedBytes(transaction, signers));
  };
  const result = attempt();
  if (result.err !== 'AlreadyProcessed' || options.once) return result;
  bank.advanceSlots(1);
  return attempt();
}
