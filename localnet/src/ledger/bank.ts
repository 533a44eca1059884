import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { AccountChange, AccountState } from './account.js';
import { Accounts } from './accounts.js';
import { addressBytes, SYSVAR_CLOCK, SYSVAR_OWNER, SYSVAR_SLOT_HASHES } from './addresses.js';
import { MAX_PROCESSING_AGE } from './blockhashes.js';
import { Faucet } from './faucet.js';
import { transactionFee } from './fees.js';
import { History, type TransactionRecord } from './history.js';
import { type LoadedAddresses, loadedAddresses, resolveKeys } from './lookup-tables.js';
import { usesDurableNonce } from './nonce.js';
import { type FinishedSlot, Slots } from './slots.js';
import { type Execution, type Simulation, Svm } from './svm.js';
import { encodeClock, encodeSlotHashes, hashText, MAX_SLOT_HASHES, SLOTS_PER_EPOCH } from './sysvars.js';
import { tokenBalances } from './token-balances.js';
import type { TransactionErrorJson } from './transaction-error.js';
import { isWritable, parseTransaction, type WireTransaction } from './wire.js';

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
  /** How many transactions `getTransaction` finds; 20,000 unless told. */
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

/** The time at which a manual bank's slot 0 began. */
const MANUAL_GENESIS_TIME = 1_700_000_000;

/**
 * The chain's state: executes transactions at once in the running slot, and ends slots when told to.
 *
 * `processed` is the running slot; it is confirmed as soon as the next one begins, and finalized 32 slots later.
 */
export class Bank extends EventEmitter<BankEvents> {
  readonly svm = new Svm();
  readonly accounts = new Accounts(FINALITY_SLOTS + 1);
  readonly history: History;
  readonly slots: Slots;
  readonly faucet: Faucet;
  readonly seed: Uint8Array;
  readonly slotMs: number;
  readonly #manual: boolean;
  readonly #genesis: ReadonlyMap<string, AccountState>;
  #records: TransactionRecord[] = [];
  #slot = 0;
  #epochStart = 0;

  constructor(options: BankOptions = {}) {
    super();
    this.#manual = options.manual ?? false;
    this.slotMs = options.slotMs ?? 400;
    this.seed = options.seed ?? (this.#manual ? new Uint8Array(32) : randomBytes(32));
    this.history = new History(options.historyLimit ?? 20_000);
    this.slots = new Slots(createHash('sha256').update('genesis').update(this.seed).digest());
    this.faucet = new Faucet(this.seed);
    for (const { id, elf } of options.programs ?? []) this.svm.addProgram(addressBytes(id), elf);
    this.#put(this.faucet.address, Faucet.account(options.faucetLamports));
    const genesis = this.svm.genesisAccounts().set(this.faucet.address, Faucet.account(options.faucetLamports));
    for (const [address, account] of genesis) this.accounts.set(address, account, 0);
    this.#genesis = genesis;
    this.#epochStart = this.#now();
    this.slots.begin(0, this.#epochStart);
    this.advanceSlots(1);
  }

  /** The slot being filled. */
  get slot(): number {
    return this.#slot;
  }

  /** The newest slot that has a commitment. */
  slotAt(commitment: Commitment): number {
    if (commitment === 'processed') return this.#slot;
    return Math.max(0, this.#slot - (commitment === 'confirmed' ? 1 : FINALITY_SLOTS));
  }

  get genesisHash(): string {
    return hashText(this.slots.genesisHash);
  }

  /** Unix seconds at which the running slot began: what the Clock sysvar says. */
  get unixTimestamp(): number {
    return this.slots.timeOf(this.#slot) ?? 0;
  }

  getAccount(address: string | { toBase58(): string }, commitment: Commitment = 'processed'): AccountState | null {
    const key = typeof address === 'string' ? address : address.toBase58();
    return this.accounts.at(key, this.slotAt(commitment), this.#slot);
  }

  getProgramAccounts(owner: string, commitment: Commitment = 'processed'): Iterable<[string, AccountState]> {
    return this.accounts.ownedBy(owner, this.slotAt(commitment), this.#slot);
  }

  /** Overwrites an account without any check. `null` removes it. */
  setAccount(address: string, account: AccountState | null): void {
    this.#put(address, account ?? { lamports: 0n, owner: '1'.repeat(32), data: Buffer.alloc(0), executable: false });
    this.accounts.set(address, account, this.#slot);
  }

  /** Accounts that are not as the chain began: all that a snapshot needs; `null` where one of them was removed. */
  *changedSinceGenesis(): Generator<[string, AccountState | null]> {
    for (const [address, account] of this.accounts.entries()) {
      if (account.owner !== SYSVAR_OWNER && this.#genesis.get(address) !== account) yield [address, account];
    }
    for (const address of this.#genesis.keys()) if (!this.accounts.get(address)) yield [address, null];
  }

  /** The newest blockhash that has a commitment, and the last block height at which it can be used. */
  latestBlockhash(commitment: Commitment = 'processed'): { blockhash: string; lastValidBlockHeight: number } {
    const { hash, slot } = this.slots.blockhashes.asOf(this.slotAt(commitment));
    return { blockhash: hash, lastValidBlockHeight: slot + MAX_PROCESSING_AGE };
  }

  isBlockhashValid(blockhash: string): boolean {
    return this.slots.blockhashes.slotOf(blockhash) !== undefined;
  }

  /** Ends the running slot, and further ones, empty, up to `count`. */
  advanceSlots(count = 1): void {
    // What lies further back than this is in no sysvar and no queue.
    const skip = Math.max(0, count - MAX_SLOT_HASHES - 1);
    for (let i = 0; i < count; i++) {
      if (i === 1) this.#slot += skip;
      if (i >= 1 && i <= skip) continue;
      const finished = this.slots.finish(this.#slot, this.#manual ? this.seed : randomBytes(32));
      const records = this.#records;
      this.#records = [];
      this.#slot += 1;
      if (this.#slot % SLOTS_PER_EPOCH === 0) this.#epochStart = this.#now();
      this.slots.begin(this.#slot, this.#now());
      this.accounts.prune(this.#slot);
      this.emit('slot', finished, records);
    }
    this.#writeSysvars();
  }

  /** Advances to a slot; it must not lie in the past. */
  warpToSlot(slot: number): void {
    if (slot < this.#slot) throw new RangeError(`slot ${slot} is in the past: this is slot ${this.#slot}`);
    this.advanceSlots(slot - this.#slot);
  }

  /** Executes a transaction in the running slot. Throws TransactionFormatError if the bytes are none. */
  sendTransaction(transaction: AnyTransaction): SendResult {
    const tx = parseTransaction(transaction instanceof Uint8Array ? transaction : transaction.serialize());
    const refused = this.admit(tx);
    return refused ? notLanded(tx, refused) : this.execute(tx);
  }

  /** Why a transaction may not even be tried, or `null`: its blockhash is unknown, or it came before. */
  admit(tx: WireTransaction): TransactionErrorJson | null {
    const known = this.isBlockhashValid(tx.recentBlockhash);
    if (this.history.get(tx.signatures[0]) || this.slots.blockhashes.isDuplicate(tx.recentBlockhash, messageId(tx))) {
      return 'AlreadyProcessed';
    }
    if (!known && !usesDurableNonce(tx, (a) => this.accounts.get(a))) return 'BlockhashNotFound';
    return null;
  }

  /** Executes a transaction that was admitted. */
  execute(tx: WireTransaction): SendResult {
    const look = (address: string): AccountState | null => this.accounts.get(address);
    const { keys, loadedWritable } = resolveKeys(tx, look);
    const before = keys.map(look);
    const payer = addressBytes(keys[0]);
    const fee = transactionFee(tx);
    let outcome = this.svm.execute(tx);
    const paid = this.svm.account(payer)?.lamports !== before[0]?.lamports;
    if (outcome.err && !paid) {
      const err = this.#loadError(tx, outcome.err);
      if (!FEES_ONLY.has(err) || !before[0] || before[0].lamports < BigInt(fee)) return notLanded(tx, err, outcome);
      outcome = { ...outcome, err };
      this.#put(keys[0], { ...before[0], lamports: before[0].lamports - BigInt(fee) });
    }
    const changes = keys.flatMap((address, i) => {
      if (!isWritable(tx, i, loadedWritable)) return [];
      return this.accounts.set(address, this.svm.account(addressBytes(address)), this.#slot) ?? [];
    });
    const after = keys.map(look);
    const record: TransactionRecord = {
      ...outcome, signature: tx.signatures[0], slot: this.#slot, index: this.#records.length, blockTime: this.unixTimestamp, transaction: tx,
      accountKeys: keys, loadedWritable, fee,
      ...lamportBalances(before, after),
      preTokenBalances: tokenBalances(keys, before, look), postTokenBalances: tokenBalances(keys, after, look),
    };
    this.slots.include(record.signature);
    this.slots.blockhashes.remember(tx.recentBlockhash, messageId(tx));
    this.history.add(record);
    this.#records.push(record);
    this.emit('transaction', record, changes);
    return { ...outcome, signature: record.signature, landed: true };
  }

  /** Runs a transaction on the running slot's state and changes nothing. Blockhash and duplicates are not looked at. */
  simulate(tx: WireTransaction, verifySignatures: boolean): BankSimulation {
    const result = this.svm.simulate(tx, verifySignatures);
    const look = (address: string): AccountState | null => this.accounts.get(address);
    const { keys, loadedWritable } = resolveKeys(tx, look);
    const after = (address: string): AccountState | null => result.accounts.get(address) ?? look(address);
    const [pre, post] = [keys.map(look), keys.map(after)];
    return {
      ...result, err: result.err && this.#loadError(tx, result.err), keys,
      balances: {
        ...lamportBalances(pre, post), loadedAddresses: loadedAddresses(tx, keys, loadedWritable),
        preTokenBalances: tokenBalances(keys, pre, look), postTokenBalances: tokenBalances(keys, post, after),
      },
    };
  }

  /** Sends lamports from the faucet. */
  airdrop(address: string, lamports: bigint): SendResult {
    return this.sendTransaction(this.faucet.transfer(address, lamports, this.latestBlockhash().blockhash));
  }

  /** Takes over what a ledger kept: call it before the first transaction. */
  restore(state: BankState): void {
    // A program's account can be loaded only where its code already is.
    const code = (a: AccountState | null): number => (a && a.data[0] === 3 && !a.executable ? 0 : 1);
    for (const [address, account] of [...state.accounts].sort(([, a], [, b]) => code(a) - code(b))) {
      this.setAccount(address, account);
    }
    if (state.slots.length > 0) this.slots.restore(state.slots);
    for (const record of state.records) {
      this.history.add(record);
      this.slots.blockhashes.remember(record.transaction.recentBlockhash, messageId(record.transaction));
    }
    this.#slot = (state.slots.at(-1)?.slot ?? this.#slot - 1) + 1;
    this.slots.begin(this.#slot, this.#now());
    this.accounts.forgetPast();
    this.#writeSysvars();
  }

  /** LiteSVM takes a program that does not exist for one that cannot be executed. */
  #loadError(tx: WireTransaction, err: TransactionErrorJson): TransactionErrorJson {
    if (err !== 'InvalidProgramForExecution') return err;
    const missing = tx.instructions.some((i) => !this.accounts.get(tx.staticKeys[i.programIdIndex]));
    return missing ? 'ProgramAccountNotFound' : err;
  }

  #put(address: string, account: AccountState): void {
    this.svm.setAccount(addressBytes(address), account);
  }

  #now(): number {
    if (!this.#manual) return Math.floor(Date.now() / 1000);
    return MANUAL_GENESIS_TIME + Math.floor((this.#slot * this.slotMs) / 1000);
  }

  #writeSysvars(): void {
    const clock = { slot: this.#slot, unixTimestamp: this.unixTimestamp, epochStartTimestamp: this.#epochStart };
    const sysvar = (data: Buffer): AccountState => ({ lamports: 1n, owner: SYSVAR_OWNER, executable: false, data });
    this.setAccount(SYSVAR_SLOT_HASHES, sysvar(encodeSlotHashes(this.slots.recent)));
    this.setAccount(SYSVAR_CLOCK, sysvar(encodeClock(clock)));
  }
}

/** Errors of loading a transaction's accounts: it lands, does nothing, and pays its fee. */
const FEES_ONLY = new Set<TransactionErrorJson>([
  'ProgramAccountNotFound', 'InvalidProgramForExecution', 'MaxLoadedAccountsDataSizeExceeded',
]);

function lamportBalances(before: readonly (AccountState | null)[], after: readonly (AccountState | null)[]) {
  const lamports = (account: AccountState | null): bigint => account?.lamports ?? 0n;
  return { preBalances: before.map(lamports), postBalances: after.map(lamports) };
}

const messageId = (tx: WireTransaction): string => createHash('sha256').update(tx.message).digest('base64');

function notLanded(tx: WireTransaction, err: TransactionErrorJson, outcome?: Execution): SendResult {
  const nothing = { logs: [], unitsConsumed: 0, returnData: null, innerInstructions: [] };
  return { ...nothing, ...outcome, err, signature: tx.signatures[0], landed: false };
}
