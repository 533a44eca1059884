import { createHash } from 'node:crypto';
import type { AccountChange, AccountState } from './account.js';
import type { Accounts } from './accounts.js';
import { addressBytes } from './addresses.js';
import type { BankSimulation, SendResult } from './bank-types.js';
import { transactionFee } from './fees.js';
import type { History, TransactionRecord } from './history.js';
import { loadedAddresses, resolveKeys } from './lookup-tables.js';
import { usesDurableNonce } from './nonce.js';
import type { Slots } from './slots.js';
import type { Execution, Svm } from './svm.js';
import { tokenBalances } from './token-balances.js';
import type { TransactionErrorJson } from './transaction-error.js';
import { isWritable, type WireTransaction } from './wire.js';

/** What executing did; no record if the transaction did not land. */
export interface Executed {
  readonly result: SendResult;
  readonly record: TransactionRecord | null;
  readonly changes: readonly AccountChange[];
}

/** Errors of loading a transaction's accounts: it lands, does nothing, and pays its fee. */
const FEES_ONLY = new Set<TransactionErrorJson>([
  'ProgramAccountNotFound', 'InvalidProgramForExecution', 'MaxLoadedAccountsDataSizeExceeded',
]);

/** What surrounds the virtual machine on a real validator: blockhashes, duplicates, fees, balances, history. */
export class Executor {
  readonly #look = (address: string): AccountState | null => this.accounts.get(address);

  constructor(
    readonly svm: Svm, readonly accounts: Accounts, readonly slots: Slots, readonly history: History,
  ) {}

  /** Why a transaction may not even be tried, or `null`. */
  admit(tx: WireTransaction): TransactionErrorJson | null {
    const { blockhashes } = this.slots;
    const known = blockhashes.slotOf(tx.recentBlockhash) !== undefined;
    if (this.history.get(tx.signatures[0]) || blockhashes.isDuplicate(tx.recentBlockhash, messageId(tx))) {
      return 'AlreadyProcessed';
    }
    return known || usesDurableNonce(tx, this.#look) ? null : 'BlockhashNotFound';
  }

  execute(tx: WireTransaction, at: { slot: number; index: number; blockTime: number }): Executed {
    const { keys, loadedWritable } = resolveKeys(tx, this.#look);
    const before = keys.map(this.#look);
    const fee = transactionFee(tx);
    let outcome = this.svm.execute(tx);
    if (outcome.err && this.svm.account(addressBytes(keys[0]))?.lamports === before[0]?.lamports) {
      const err = this.#loadError(tx, outcome.err);
      const [payer] = before;
      if (!FEES_ONLY.has(err) || !payer || payer.lamports < BigInt(fee)) {
        return { result: notLanded(tx, err, outcome), record: null, changes: [] };
      }
      outcome = { ...outcome, err };
      this.svm.setAccount(addressBytes(keys[0]), { ...payer, lamports: payer.lamports - BigInt(fee) });
    }
    const changes = keys.flatMap((address, i) => {
      if (!isWritable(tx, i, loadedWritable)) return [];
      return this.accounts.set(address, this.svm.account(addressBytes(address)), at.slot) ?? [];
    });
    const after = keys.map(this.#look);
    const record: TransactionRecord = {
      ...outcome, ...at, signature: tx.signatures[0], bytes: tx.bytes, accountKeys: keys, loadedWritable, fee,
      ...lamportBalances(before, after),
      preTokenBalances: tokenBalances(keys, before, this.#look), postTokenBalances: tokenBalances(keys, after, this.#look),
    };
    this.slots.include(record.signature);
    this.remember(record, tx);
    return { result: { ...outcome, signature: record.signature, landed: true }, record, changes };
  }

  simulate(tx: WireTransaction, verifySignatures: boolean): BankSimulation {
    const result = this.svm.simulate(tx, verifySignatures);
    const { keys, loadedWritable } = resolveKeys(tx, this.#look);
    const lookAfter = (address: string): AccountState | null => result.accounts.get(address) ?? this.#look(address);
    const [before, after] = [keys.map(this.#look), keys.map(lookAfter)];
    return {
      ...result, err: result.err && this.#loadError(tx, result.err), keys,
      balances: {
        ...lamportBalances(before, after), loadedAddresses: loadedAddresses(tx, keys, loadedWritable),
        preTokenBalances: tokenBalances(keys, before, this.#look), postTokenBalances: tokenBalances(keys, after, lookAfter),
      },
    };
  }

  /** Puts a transaction that landed into the history, and keeps it from landing again. */
  remember(record: TransactionRecord, tx: WireTransaction): void {
    this.history.add(record);
    this.slots.blockhashes.remember(tx.recentBlockhash, messageId(tx));
  }

  /** LiteSVM takes a program that does not exist for one that cannot be executed. */
  #loadError(tx: WireTransaction, err: TransactionErrorJson): TransactionErrorJson {
    if (err !== 'InvalidProgramForExecution') return err;
    const missing = tx.instructions.some((i) => !this.accounts.get(tx.staticKeys[i.programIdIndex]));
    return missing ? 'ProgramAccountNotFound' : err;
  }
}

/** The outcome of a transaction that is in no block. */
export function notLanded(tx: WireTransaction, err: TransactionErrorJson, outcome?: Execution): SendResult {
  const nothing = { logs: [], unitsConsumed: 0, returnData: null, innerInstructions: [] };
  return { ...nothing, ...outcome, err, signature: tx.signatures[0], landed: false };
}

/** A message may land once, whatever signatures come with it. */
const messageId = (tx: WireTransaction): string => createHash('sha256').update(tx.message).digest('base64');

function lamportBalances(before: readonly (AccountState | null)[], after: readonly (AccountState | null)[]) {
  const lamports = (account: AccountState | null): bigint => account?.lamports ?? 0n;
  return { preBalances: before.map(lamports), postBalances: after.map(lamports) };
}
