import type { TokenBalance } from './token-balances.js';
import type { Execution } from './svm.js';

/** A transaction that landed, with all that `getTransaction` tells about it. */
export interface TransactionRecord extends Execution {
  readonly signature: string;
  readonly slot: number;
  /** Its place among the transactions of its slot. */
  readonly index: number;
  /** Unix seconds. */
  readonly blockTime: number;
  /** As it was sent; taken apart again when it is asked for, which takes a tenth of the memory. */
  readonly bytes: Uint8Array;
  /** Static keys, then those loaded from lookup tables: writable, then read-only ones. */
  readonly accountKeys: readonly string[];
  readonly loadedWritable: number;
  readonly fee: number;
  /** What it counts towards a block's limits; not known of those that an older ledger kept. */
  readonly costUnits?: number;
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
  readonly preTokenBalances: readonly TokenBalance[];
  readonly postTokenBalances: readonly TokenBalance[];
}

/** The transactions that landed, oldest dropped first once there are more than `capacity` of them. */
export class History {
  readonly #bySignature = new Map<string, TransactionRecord>();
  readonly #byAddress = new Map<string, TransactionRecord[]>();
  #landed = 0;

  constructor(readonly capacity: number) {}

  add(record: TransactionRecord): void {
    this.#bySignature.set(record.signature, record);
    this.#landed += 1;
    for (const address of new Set(record.accountKeys)) {
      const list = this.#byAddress.get(address);
      if (list) list.push(record);
      else this.#byAddress.set(address, [record]);
    }
    if (this.#bySignature.size > this.capacity) this.#dropOldest();
  }

  get(signature: string): TransactionRecord | undefined {
    return this.#bySignature.get(signature);
  }

  /** Those that name an address, oldest first. */
  of(address: string): readonly TransactionRecord[] {
    return this.#byAddress.get(address) ?? [];
  }

  /** Those of a slot, in their order. */
  in(slot: number): TransactionRecord[] {
    return [...this.#bySignature.values()].filter((record) => record.slot === slot);
  }

  /** All that are kept, oldest first. */
  all(): IterableIterator<TransactionRecord> {
    return this.#bySignature.values();
  }

  /** How many landed since the start, dropped ones included. */
  get landed(): number {
    return this.#landed;
  }

  #dropOldest(): void {
    const oldest = this.#bySignature.values().next().value;
    if (!oldest) return;
    this.#bySignature.delete(oldest.signature);
    for (const address of new Set(oldest.accountKeys)) {
      const list = this.#byAddress.get(address);
      // Records are in one order everywhere, so the oldest of all is the first of each list.
      if (list?.[0] === oldest) list.shift();
      if (list?.length === 0) this.#byAddress.delete(address);
    }
  }
}
