import type { AccountChange, AccountState } from './account.js';
import type { TransactionRecord } from './history.js';
import type { LoadedAddresses } from './lookup-tables.js';
import type { FinishedSlot } from './slots.js';
import type { Execution, Simulation } from './svm.js';

export type Commitment = 'processed' | 'confirmed' | 'finalized';

/** A slot is final once 32 slots were built on it, as on Solana. */
export const FINALITY_SLOTS = 32;

/** A program to have from the start. */
export interface ProgramImage {
  /** Base58. */
  readonly id: string;
  readonly elf: Uint8Array;
}

export interface BankOptions {
  /** Time passes only when slots are advanced, and all hashes are the same in every run: for tests. */
  manual?: boolean;
  /** Length of a slot in milliseconds; 400 unless told. With `manual` it is how fast the Clock sysvar's time runs. */
  slotMs?: number;
  programs?: readonly ProgramImage[];
  /** 32 bytes from which genesis hash, faucet and identity come; fixed with `manual`, random otherwise. */
  seed?: Uint8Array;
  /** How many transactions `getTransaction` finds; 10,000 unless told. */
  historyLimit?: number;
  /** What the faucet holds; 500,000,000 SOL unless told. */
  faucetLamports?: bigint;
}

/** What came of a transaction that was sent. */
export interface SendResult extends Execution {
  readonly signature: string;
  /** Whether it is in a block and its fee was paid; one that failed may be. */
  readonly landed: boolean;
}

/** What a transaction would do. */
export interface BankSimulation extends Simulation {
  readonly keys: readonly string[];
  /** Bytes of accounts and code; 0 where loading them failed. */
  readonly loadedAccountsDataSize: number;
  readonly balances: Pick<TransactionRecord, 'preBalances' | 'postBalances' | 'preTokenBalances' | 'postTokenBalances'> & {
    readonly loadedAddresses: LoadedAddresses;
  };
}

export interface BankEvents {
  /** A transaction landed; its account changes with it. */
  transaction: [TransactionRecord, readonly AccountChange[]];
  /** A slot was finished and the next one began. */
  slot: [FinishedSlot, readonly TransactionRecord[]];
}

/** What a bank goes on from after a restart. */
export interface BankState {
  /** Oldest first; 512 are enough. */
  readonly slots: readonly FinishedSlot[];
  /** As `changedSinceGenesis` gives them. */
  readonly accounts: ReadonlyMap<string, AccountState | null>;
  /** Oldest first. */
  readonly records: readonly TransactionRecord[];
}

/** Anything that serializes to a transaction: of @solana/web3.js, or its bytes. */
export type AnyTransaction = Uint8Array | { serialize(): Uint8Array };
