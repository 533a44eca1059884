import type { AccountState } from '../../../../localnet/src/testing.js';

/** One account before and after a transaction that changed it. */
export interface Change {
  readonly address: string;
  readonly before: AccountState | null;
  readonly after: AccountState | null;
}

/** A transaction that was sent. */
export interface Sent {
  /** The instruction, e.g. `coordinator.tick`. */
  name: string;
  /** Addresses of its accounts, in order. */
  accounts: readonly string[];
  /** Who signed, the payer of the fee among them. */
  signers: ReadonlySet<string>;
  payer: string;
  /** Lamports. */
  fee: bigint;
  succeeded: boolean;
  slot: number;
}

export const lamports = (account: AccountState | null): bigint => account?.lamports ?? 0n;
