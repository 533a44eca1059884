import type { AccountState } from './account.js';
import type { BankState } from './bank-types.js';
import type { TransactionRecord } from './history.js';
import type { FinishedSlot } from './slots.js';

/** A finished slot with all it did, or, in a file written anew, a part of what was before. */
export interface Entry {
  readonly slots: readonly FinishedSlot[];
  readonly accounts: readonly (readonly [string, AccountState | null])[];
  readonly records: readonly TransactionRecord[];
  /** The next entry belongs to it: neither counts without the other. */
  readonly more?: true;
}

const MAX_SLOTS = 512;
/** An account holds 10 MiB at most, so an entry stays far below what a journal takes. */
const PART_BYTES = 32 * 1024 * 1024;

/** Takes an entry with much account data apart. */
export function* parts({ accounts, records, slots }: Entry): Generator<Entry> {
  let from = 0;
  let bytes = 0;
  for (const [i, [, account]] of accounts.entries()) {
    bytes += account?.data.length ?? 0;
    if (bytes <= PART_BYTES) continue;
    yield { slots: [], accounts: accounts.slice(from, i + 1), records: [], more: true };
    from = i + 1;
    bytes = 0;
  }
  yield { slots, accounts: accounts.slice(from), records };
}

/** Puts a chain together from its entries, oldest first. */
export class Gathering {
  readonly #accounts = new Map<string, AccountState | null>();
  readonly #historyLimit: number;
  #records: TransactionRecord[] = [];
  #slots: FinishedSlot[] = [];
  #held: Entry[] = [];

  /** @param historyLimit how many transactions are wanted, the newest */
  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  /** Whether nothing is missing up to this entry. */
  add(entry: Entry): boolean {
    this.#held.push(entry);
    if (entry.more) return false;
    for (const part of this.#held) this.#take(part);
    this.#held = [];
    return true;
  }

  /** `null` if nothing was written yet. */
  get state(): BankState | null {
    if (this.#slots.length === 0) return null;
    return { accounts: this.#accounts, records: this.#records.slice(-this.#historyLimit), slots: this.#slots.slice(-MAX_SLOTS) };
  }

  #take({ accounts, records, slots }: Entry): void {
    for (const [address, account] of accounts) {
      // Copies: the entry's own buffers are parts of one that holds all of it.
      this.#accounts.set(address, account && { ...account, data: Buffer.from(account.data) });
    }
    for (const record of records) this.#records.push({ ...record, bytes: Uint8Array.from(record.bytes) });
    this.#slots.push(...slots);
    if (this.#records.length > 2 * this.#historyLimit) this.#records = this.#records.slice(-this.#historyLimit);
    if (this.#slots.length > 2 * MAX_SLOTS) this.#slots = this.#slots.slice(-MAX_SLOTS);
  }
}
