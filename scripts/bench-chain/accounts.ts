import type { PublicKey } from '@solana/web3.js';
import type { Network } from '../../tests/programs/support/network.js';

/** What an account holds for its bytes; it comes back when the account is closed. */
export interface AccountCost {
  bytes: number;
  /** Lamports. */
  rent: number;
}

/** The kinds of accounts that there are, measured where they are. */
export class Accounts {
  readonly rows = new Map<string, AccountCost>();

  constructor(readonly network: Network) {}

  /** @param beside lamports that it holds for another reason, e.g. a deposit. */
  note(kind: string, address: PublicKey, beside = 0n): void {
    const account = this.network.bank.getAccount(address);
    if (!account) throw new Error(`no account of kind ${kind} is there`);
    this.rows.set(kind, { bytes: account.data.length, rent: Number(account.lamports - beside) });
  }
}
