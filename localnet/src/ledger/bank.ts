import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { AccountState } from './account.js';
import { Accounts } from './accounts.js';
import { addressBytes, SYSTEM_PROGRAM, SYSVAR_CLOCK, SYSVAR_OWNER, SYSVAR_RECENT_BLOCKHASHES, SYSVAR_SLOT_HASHES } from './addresses.js';
import {
  type AnyTransaction, type BankEvents, type BankOptions, type BankSimulation, type BankState, type Commitment,
  FINALITY_SLOTS, type SendResult,
} from './bank-types.js';
import { MAX_PROCESSING_AGE } from './blockhashes.js';
import { Executor, notLanded } from './executor.js';
import { Faucet } from './faucet.js';
import { History, type TransactionRecord } from './history.js';
import { Slots } from './slots.js';
import { Svm } from './svm.js';
import { encodeClock, encodeRecentBlockhashes, encodeSlotHashes, hashText, MAX_SLOT_HASHES, SLOTS_PER_EPOCH } from './sysvars.js';
import type { TransactionErrorJson } from './transaction-error.js';
import { parseTransaction, type WireTransaction } from './wire.js';

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
  readonly #executor: Executor;
  #records: TransactionRecord[] = [];
  #slot = 0;
  #epochStart = 0;

  constructor(options: BankOptions = {}) {
    super();
    this.#manual = options.manual ?? false;
    this.slotMs = options.slotMs ?? 400;
    this.seed = options.seed ?? (this.#manual ? new Uint8Array(32) : randomBytes(32));
    this.history = new History(options.historyLimit ?? 10_000);
    this.slots = new Slots(createHash('sha256').update('genesis').update(this.seed).digest());
    this.faucet = new Faucet(this.seed);
    this.#executor = new Executor(this.svm, this.accounts, this.slots, this.history);
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
    this.#put(address, account ?? { lamports: 0n, owner: SYSTEM_PROGRAM, data: Buffer.alloc(0), executable: false });
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
  admit(tx: WireTransaction, commitment: Commitment = 'processed'): TransactionErrorJson | null {
    return this.#executor.admit(tx, this.slotAt(commitment));
  }

  /** Executes a transaction that was admitted. */
  execute(tx: WireTransaction): SendResult {
    const { changes, record, result } = this.#executor.execute(tx, {
      slot: this.#slot, index: this.#records.length, blockTime: this.unixTimestamp,
    });
    if (record) {
      this.#records.push(record);
      this.emit('transaction', record, changes);
    }
    return result;
  }

  /** Runs a transaction on the state of a commitment and changes nothing. Blockhash and duplicates are not looked at. */
  simulate(tx: WireTransaction, verifySignatures: boolean, commitment: Commitment = 'processed'): BankSimulation {
    return this.#executor.simulate(tx, verifySignatures, (address) => this.getAccount(address, commitment));
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
    for (const record of state.records) this.#executor.remember(record, parseTransaction(record.bytes));
    this.#slot = (state.slots.at(-1)?.slot ?? this.#slot - 1) + 1;
    this.slots.begin(this.#slot, this.#now());
    this.accounts.forgetPast();
    this.#writeSysvars();
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
    const sysvar = (data: Buffer): AccountState => ({
      lamports: this.svm.rentExemption(data.length), owner: SYSVAR_OWNER, executable: false, data,
    });
    this.setAccount(SYSVAR_SLOT_HASHES, sysvar(encodeSlotHashes(this.slots.recent)));
    this.setAccount(SYSVAR_RECENT_BLOCKHASHES, sysvar(encodeRecentBlockhashes(this.slots.recent.map(({ blockhash }) => blockhash))));
    this.setAccount(SYSVAR_CLOCK, sysvar(encodeClock(clock)));
  }
}
