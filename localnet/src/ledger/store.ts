import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AccountState } from './account.js';
import { SYSVAR_OWNER } from './addresses.js';
import type { Bank } from './bank.js';
import type { BankState } from './bank-types.js';
import type { TransactionRecord } from './history.js';
import { Journal } from './journal.js';
import { LedgerError, lockFolder } from './lock.js';
import type { FinishedSlot } from './slots.js';

const FORMAT = 1;
/** The file is written anew once it is so large and twice what it was when it was new. */
const COMPACT_BYTES = 64 * 1024 * 1024;
const CHUNK = 500;
const MAX_SLOTS = 512;
const FILE = /^ledger-(\d+)\.log$/;

interface Header {
  readonly psycheLedger: number;
  readonly seed: Uint8Array;
}

/** One entry: a finished slot with all it did, or, in a file written anew, a part of what was before. */
interface Entry {
  readonly slots: readonly FinishedSlot[];
  readonly accounts: readonly (readonly [string, AccountState | null])[];
  readonly records: readonly TransactionRecord[];
}

export interface LedgerOptions {
  /** Forget what is there and begin anew. */
  reset?: boolean;
  log?: (line: string) => void;
  /** When to write the file anew; 64 MiB unless told. */
  compactBytes?: number;
}

/**
 * A chain in a folder: one file that begins with a state and goes on with every slot since. A slot is in it before anyone
 * hears that it is confirmed; what a killed process loses are the transactions of the slot it was in.
 */
export class Ledger {
  readonly seed: Uint8Array;
  /** What there was, or `null` for a new chain. */
  readonly state: BankState | null;
  readonly #folder: string;
  readonly #options: LedgerOptions;
  readonly #unlock: () => void;
  #journal: Journal;
  #generation: number;
  #base: number;
  #compacting: Promise<void> | null = null;
  /** Entries that come while the file is being written anew: they belong to both. */
  #pending: Entry[] = [];
  #detach = (): void => {};

  private constructor(folder: string, options: LedgerOptions, unlock: () => void) {
    this.#folder = folder;
    this.#options = options;
    this.#unlock = unlock;
    const generations = readdirSync(folder).flatMap((name) => FILE.exec(name)?.[1] ?? []).map(Number).sort((a, b) => b - a);
    const newest = generations[0];
    if (newest === undefined) {
      this.seed = randomBytes(32);
      this.state = null;
      this.#generation = 1;
      this.#journal = Journal.create(this.#path(1));
      this.#journal.append({ psycheLedger: FORMAT, seed: this.seed } satisfies Header);
    } else {
      const { journal, entries, lost } = Journal.open(this.#path(newest));
      const [header, ...rest] = entries as [Header | undefined, ...Entry[]];
      if (header?.psycheLedger !== FORMAT) {
        journal.close();
        throw new LedgerError(`${this.#path(newest)} is no ledger of this version: use --reset to begin anew, or another folder`);
      }
      if (lost > 0) options.log?.(`the ledger's last ${lost} bytes were not written to their end and are dropped`);
      this.seed = Uint8Array.from(header.seed);
      this.state = gather(rest);
      this.#generation = newest;
      this.#journal = journal;
    }
    this.#base = this.#journal.size;
    // Left over where a process ended while it wrote the file anew.
    for (const name of readdirSync(folder)) {
      if (name.endsWith('.tmp') || (FILE.test(name) && name !== `ledger-${this.#generation}.log`)) rmSync(join(folder, name));
    }
  }

  /** @throws LedgerError if the folder is in use, cannot be written or holds something else */
  static open(folder: string, options: LedgerOptions = {}): Ledger {
    mkdirSync(folder, { recursive: true });
    const unlock = lockFolder(folder);
    try {
      if (options.reset) for (const name of readdirSync(folder)) if (FILE.test(name)) rmSync(join(folder, name));
      return new Ledger(folder, options, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** Writes down every slot that the bank finishes from now on. */
  attach(bank: Bank): void {
    if (!this.state) {
      const slots = [...bank.slots.recent].reverse();
      this.#journal.append({ slots, accounts: [...bank.changedSinceGenesis()], records: [] } satisfies Entry);
    }
    let unsynced = 0;
    const onSlot = (finished: FinishedSlot, records: readonly TransactionRecord[]): void => {
      const changed = [...bank.accounts.changedIn(finished.slot)];
      const accounts = changed.map((a) => [a, bank.accounts.at(a, finished.slot, bank.slot)] as const)
        .filter(([, account]) => account?.owner !== SYSVAR_OWNER);
      const entry: Entry = { slots: [finished], accounts, records };
      this.#journal.append(entry);
      if (this.#compacting) this.#pending.push(entry);
      unsynced += bank.slotMs;
      if (unsynced >= 1000) {
        unsynced = 0;
        this.#journal.sync();
      }
      const limit = Math.max(this.#options.compactBytes ?? COMPACT_BYTES, 2 * this.#base);
      if (this.#journal.size > limit && !this.#compacting) this.#compacting = this.#compact(bank);
    };
    bank.prependListener('slot', onSlot);
    this.#detach = () => bank.off('slot', onSlot);
  }

  get bytes(): number {
    return this.#journal.size;
  }

  /** Waits for a compaction under way, then closes the file. The bank's last slot must have been finished. */
  async close(): Promise<void> {
    await this.#compacting;
    this.#detach();
    this.#journal.close();
    this.#unlock();
  }

  /** Writes state and history into a new file, piece by piece, and puts it in the place of the old one. */
  async #compact(bank: Bank): Promise<void> {
    // Taken at once: nothing in them changes later.
    const accounts = [...bank.changedSinceGenesis()];
    const records = [...bank.history.all()];
    const slots = [...bank.slots.recent].reverse();
    const path = this.#path(this.#generation + 1);
    try {
      const next = Journal.create(`${path}.tmp`);
      next.append({ psycheLedger: FORMAT, seed: this.seed } satisfies Header);
      next.append({ slots, accounts: [], records: [] } satisfies Entry);
      for (let i = 0; i < Math.max(accounts.length, records.length); i += CHUNK) {
        next.append({ slots: [], accounts: accounts.slice(i, i + CHUNK), records: records.slice(i, i + CHUNK) } satisfies Entry);
        await nextTurn();
      }
      for (const entry of this.#pending) next.append(entry);
      const old = this.#journal;
      renameSync(`${path}.tmp`, path);
      this.#journal = next;
      this.#generation += 1;
      this.#base = next.size;
      next.sync();
      old.close();
      rmSync(this.#path(this.#generation - 1));
    } catch (error) {
      this.#options.log?.(`the ledger could not be written anew and goes on growing: ${String(error)}`);
      this.#base = this.#journal.size;
    } finally {
      this.#pending = [];
      this.#compacting = null;
    }
  }

  #path(generation: number): string {
    return join(this.#folder, `ledger-${generation}.log`);
  }
}

/** Whether a folder holds a chain. */
export function hasLedger(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => FILE.test(name));
}

function gather(entries: readonly Entry[]): BankState | null {
  const accounts = new Map<string, AccountState | null>();
  const records: TransactionRecord[] = [];
  let slots: FinishedSlot[] = [];
  for (const entry of entries) {
    for (const [address, account] of entry.accounts) {
      // Copies: the entry's own buffers are parts of the whole file.
      accounts.set(address, account && { ...account, data: Buffer.from(account.data) });
    }
    for (const record of entry.records) records.push({ ...record, bytes: Uint8Array.from(record.bytes) });
    slots.push(...entry.slots);
    if (slots.length > 2 * MAX_SLOTS) slots = slots.slice(-MAX_SLOTS);
  }
  return slots.length === 0 ? null : { accounts, records, slots: slots.slice(-MAX_SLOTS) };
}
