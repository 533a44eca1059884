import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SYSVAR_OWNER } from './addresses.js';
import type { Bank } from './bank.js';
import type { BankState } from './bank-types.js';
import { type Entry, Gathering, parts } from './entries.js';
import type { TransactionRecord } from './history.js';
import { Journal, syncFolder } from './journal.js';
import { LedgerError, lockFolder } from './lock.js';
import type { FinishedSlot } from './slots.js';

const FORMAT = 1;
/** The file is written anew once it is so large and twice what it was when it was new. */
const COMPACT_BYTES = 64 * 1024 * 1024;
const CHUNK = 500;
const FILE = /^ledger-(\d+)\.log$/;

interface Header {
  readonly psycheLedger: number;
  readonly seed: Uint8Array;
}

export interface LedgerOptions {
  /** Forget what is there and begin anew. */
  reset?: boolean;
  log?: (line: string) => void;
  /** When to write the file anew; 64 MiB unless told. */
  compactBytes?: number;
  /** How many transactions are read back; 10,000 unless told. */
  historyLimit?: number;
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
    this.#generation = newest ?? 1;
    if (newest === undefined) {
      this.seed = randomBytes(32);
      this.state = null;
      this.#journal = this.#begin();
    } else {
      const { journal, seed, state } = this.#read();
      this.#journal = journal;
      this.seed = seed;
      this.state = state;
    }
    this.#base = this.#journal.size;
    // Left over where a process ended while it wrote the file anew.
    for (const name of readdirSync(folder)) {
      if (name.endsWith('.tmp') || (FILE.test(name) && name !== `ledger-${this.#generation}.log`)) rmSync(join(folder, name));
    }
  }

  /** A file has its name only once it has a header, so that one without is damage and not a beginning. */
  #begin(): Journal {
    const path = this.#path(this.#generation);
    const journal = Journal.create(`${path}.tmp`);
    try {
      journal.append({ psycheLedger: FORMAT, seed: this.seed } satisfies Header);
      renameSync(`${path}.tmp`, path);
      syncFolder(this.#folder);
      return journal;
    } catch (error) {
      journal.discard();
      throw error;
    }
  }

  #read(): { journal: Journal; seed: Uint8Array; state: BankState | null } {
    const path = this.#path(this.#generation);
    const gathering = new Gathering(this.#options.historyLimit ?? 10_000);
    let header: Header | undefined;
    const { journal, lost } = Journal.open(path, (value, index) => {
      if (index === 0) header = value as Header;
      else if (header?.psycheLedger === FORMAT) return gathering.add(value as Entry);
      return true;
    });
    if (header?.psycheLedger !== FORMAT) {
      journal.discard();
      throw new LedgerError(`${path} is no ledger of this version, or its beginning is damaged: use --reset to begin anew, or another folder`);
    }
    if (lost > 0) {
      this.#options.log?.(`the ledger's last ${lost} bytes were not written to their end and are dropped`);
      journal.truncate();
    }
    return { journal, seed: Uint8Array.from(header.seed), state: gathering.state };
  }

  /** @throws LedgerError if the folder is in use, cannot be written or holds something else */
  static open(folder: string, options: LedgerOptions = {}): Ledger {
    try {
      mkdirSync(folder, { recursive: true });
    } catch (cause) {
      throw unusable(folder, cause);
    }
    const unlock = lockFolder(folder);
    try {
      if (options.reset) for (const name of readdirSync(folder)) if (FILE.test(name)) rmSync(join(folder, name));
      return new Ledger(folder, options, unlock);
    } catch (error) {
      unlock();
      throw error instanceof LedgerError ? error : unusable(folder, error);
    }
  }

  /**
   * Writes down every slot that the bank finishes from now on. Where that fails, `advanceSlots` throws the LedgerError
   * before anyone was told of the slot: the bank must not be used any more.
   */
  attach(bank: Bank): void {
    if (!this.state) {
      const slots = [...bank.slots.recent].reverse();
      this.#append(this.#journal, { slots, accounts: [...bank.changedSinceGenesis()], records: [] });
    }
    let unsynced = 0;
    const onSlot = (finished: FinishedSlot, records: readonly TransactionRecord[]): void => {
      const changed = [...bank.accounts.changedIn(finished.slot)];
      const accounts = changed.map((a) => [a, bank.accounts.at(a, finished.slot, bank.slot)] as const)
        .filter(([, account]) => account?.owner !== SYSVAR_OWNER);
      const entry: Entry = { slots: [finished], accounts, records };
      this.#append(this.#journal, entry);
      if (this.#compacting) this.#pending.push(entry);
      unsynced += bank.slotMs;
      if (unsynced >= 1000) {
        unsynced = 0;
        this.#journal.sync();
      }
      const limit = Math.max(this.#options.compactBytes ?? COMPACT_BYTES, 2 * this.#base);
      if (this.#journal.size <= limit || this.#compacting) return;
      this.#compacting = this.#compact(bank).finally(() => {
        this.#pending = [];
        this.#compacting = null;
      });
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
    try {
      this.#journal.close();
    } finally {
      this.#unlock();
    }
  }

  /** Writes state and history into a new file, piece by piece, and puts it in the place of the old one. */
  async #compact(bank: Bank): Promise<void> {
    // Taken at once: nothing in them changes later.
    const accounts = [...bank.changedSinceGenesis()];
    const records = [...bank.history.all()];
    const slots = [...bank.slots.recent].reverse();
    const path = this.#path(this.#generation + 1);
    let next: Journal | undefined;
    try {
      next = Journal.create(`${path}.tmp`);
      next.append({ psycheLedger: FORMAT, seed: this.seed } satisfies Header);
      this.#append(next, { slots, accounts: [], records: [] });
      for (let i = 0; i < Math.max(accounts.length, records.length); i += CHUNK) {
        this.#append(next, { slots: [], accounts: accounts.slice(i, i + CHUNK), records: records.slice(i, i + CHUNK) });
        await nextTurn();
      }
      // The old file goes only when the new one is on the disk.
      await next.flush();
      for (const entry of this.#pending) this.#append(next, entry);
      renameSync(`${path}.tmp`, path);
      syncFolder(this.#folder);
    } catch (error) {
      next?.discard();
      rmSync(`${path}.tmp`, { force: true, recursive: true });
      this.#options.log?.(`the ledger could not be written anew and goes on growing: ${String(error)}`);
      this.#base = this.#journal.size;
      return;
    }
    const old = this.#journal;
    this.#journal = next;
    this.#generation += 1;
    this.#base = next.size;
    next.sync();
    old.discard();
    rmSync(this.#path(this.#generation - 1), { force: true });
  }

  #append(journal: Journal, entry: Entry): void {
    for (const part of parts(entry)) journal.append(part);
  }

  #path(generation: number): string {
    return join(this.#folder, `ledger-${generation}.log`);
  }
}

/** Whether a folder holds a chain. */
export function hasLedger(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => FILE.test(name));
}

function unusable(folder: string, cause: unknown): LedgerError {
  return new LedgerError(`cannot keep a ledger in ${folder}: ${String(cause)}. Choose a folder that can be written with --ledger`, { cause });
}
