import { createHash } from 'node:crypto';
import bs58 from 'bs58';
import type { AccountChange, AccountState } from './account.js';
import type { Accounts } from './accounts.js';
import { addressBytes, SYSTEM_PROGRAM, SYSVAR_OWNER } from './addresses.js';
import type { BankSimulation, SendResult } from './bank-types.js';
import { costUnits, loadedDataSize } from './cost.js';
import { transactionFee } from './fees.js';
import type { History, TransactionRecord } from './history.js';
import { loadedAddresses, resolveKeys } from './lookup-tables.js';
import { advancedNonce, usesDurableNonce } from './nonce.js';
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

const NOTHING: AccountState = { lamports: 0n, owner: SYSTEM_PROGRAM, data: Buffer.alloc(0), executable: false };

/** What surrounds the virtual machine on a real validator: blockhashes, duplicates, fees, balances, history. */
export class Executor {
  readonly #look = (address: string): AccountState | null => this.accounts.get(address);

  constructor(
    readonly svm: Svm, readonly accounts: Accounts, readonly slots: Slots, readonly history: History,
  ) {}

  /** Why a transaction may not even be tried, as things are at the end of `slot`, or `null`. */
  admit(tx: WireTransaction, slot: number): TransactionErrorJson | null {
    const { blockhashes } = this.slots;
    const known = (blockhashes.slotOf(tx.recentBlockhash) ?? Infinity) <= slot;
    const landed = this.history.get(tx.signatures[0])?.slot;
    if (landed === undefined ? blockhashes.isDuplicate(tx.recentBlockhash, messageId(tx)) : landed <= slot) return 'AlreadyProcessed';
    return known || usesDurableNonce(tx, this.#look) ? null : 'BlockhashNotFound';
  }

  execute(tx: WireTransaction, at: { slot: number; index: number; blockTime: number }): Executed {
    const { keys, loadedWritable } = resolveKeys(tx, this.#look);
    const before = keys.map(this.#look);
    const fee = transactionFee(tx);
    const nonce = usesDurableNonce(tx, this.#look) ? tx.staticKeys[tx.instructions[0].accounts[0]] : null;
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
    if (outcome.err && nonce) this.#advance(nonce, tx.recentBlockhash);
    const changes = keys.flatMap((address, i) => {
      if (!isWritable(tx, i, loadedWritable)) return [];
      return this.accounts.set(address, this.svm.account(addressBytes(address)), at.slot) ?? [];
    });
    const after = keys.map(this.#look);
    const writable = keys.filter((_, i) => isWritable(tx, i, loadedWritable)).length;
    const record: TransactionRecord = {
      ...outcome, ...at, costUnits: costUnits(tx, writable, outcome.unitsConsumed, this.#loaded(tx, keys)), signature: tx.signatures[0], bytes: tx.bytes, accountKeys: keys, loadedWritable, fee,
      ...lamportBalances(before, after),
      preTokenBalances: tokenBalances(keys, before, this.#look), postTokenBalances: tokenBalances(keys, after, this.#look),
    };
    this.slots.include(record.signature);
    this.remember(record, tx);
    return { result: { ...outcome, signature: record.signature, landed: true }, record, changes };
  }

  /** Runs a transaction on the state that `look` shows, and changes nothing. */
  simulate(tx: WireTransaction, verifySignatures: boolean, look: (address: string) => AccountState | null): BankSimulation {
    const { keys, loadedWritable } = resolveKeys(tx, look);
    const before = keys.map(look);
    const result = this.#asOf(keys, before, () => this.svm.simulate(tx, verifySignatures));
    const err = result.err && this.#loadError(tx, result.err);
    const [payer] = before;
    // What fails while it runs has paid its fee, and so has what could not be loaded.
    const charged = err && (typeof err !== 'string' || FEES_ONLY.has(err)) && payer
      ? { ...payer, lamports: payer.lamports - BigInt(transactionFee(tx)) } : null;
    const lookAfter = (address: string): AccountState | null =>
      address === keys[0] && charged ? charged : result.accounts.get(address) ?? look(address);
    return {
      ...result, err, keys, loadedAccountsDataSize: err === null || charged ? this.#loaded(tx, keys) : 0,
      balances: {
        ...lamportBalances(before, keys.map(lookAfter)), loadedAddresses: loadedAddresses(tx, keys, loadedWritable),
        preTokenBalances: tokenBalances(keys, before, look), postTokenBalances: tokenBalances(keys, keys.map(lookAfter), lookAfter),
      },
    };
  }

  /** Does something while the virtual machine has accounts in an earlier state. Programs stay as they are. */
  #asOf<T>(keys: readonly string[], states: readonly (AccountState | null)[], run: () => T): T {
    const now = keys.map(this.#look);
    const other = keys.flatMap((_, i) => (states[i] === now[i] || states[i]?.executable || now[i]?.executable || now[i]?.owner === SYSVAR_OWNER ? [] : [i]));
    const put = (i: number, state: AccountState | null): void => this.svm.setAccount(addressBytes(keys[i]), state ?? NOTHING);
    for (const i of other) put(i, states[i]);
    try {
      return run();
    } finally {
      for (const i of other) put(i, now[i]);
    }
  }

  /** Uses up a nonce although its transaction failed; LiteSVM took that back with all the rest. */
  #advance(address: string, used: string): void {
    const key = addressBytes(address);
    const account = this.svm.account(key);
    const advanced = account && advancedNonce(account, used, this.svm.latestBlockhash());
    if (advanced) this.svm.setAccount(key, advanced);
  }

  #loaded(tx: WireTransaction, keys: readonly string[]): number {
    return loadedDataSize(tx, keys, this.#look, (program) => bs58.encode(program.subarray(4, 36)));
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
