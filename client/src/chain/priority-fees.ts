import type { PublicKey } from '@solana/web3.js';
import type { Call } from './transaction.js';
import { within } from './within.js';

/** What a node says of one slot: the least that a transaction locking these accounts paid, micro-lamports per compute unit. */
export interface FeeSample {
  slot: number;
  prioritizationFee: number;
}

export interface FeeOptions {
  /** Offered at least. Micro-lamports per compute unit, as all prices here. */
  least: number;
  /** Never offered more: neither a crowd nor a node that lies can empty a node's purse. */
  most: number;
  now?: () => number;
}

/** Slots that count: a node keeps as many. */
const SLOTS = 150;
/** Above what three quarters of those slots took. */
const PERCENTILE = 0.75;
/** Fees change from slot to slot; asking more often than this is not worth a request. Milliseconds. */
const FRESH_MS = 10_000;
/** A sender does not wait longer than this for a price, milliseconds. */
const PATIENCE_MS = 1_500;
/** Sets of accounts of which prices are remembered. */
const MAX_REMEMBERED = 64;
/** For each time that a transaction was not taken at the price offered before. */
const RAISE = 2;

/** What to offer per compute unit, following what transactions that write to the same accounts have paid lately. */
export class PriorityFees {
  readonly #recent = new Map<string, { price: number; at: number; asking?: Promise<void> }>();
  readonly #now: () => number;

  /** @param ask the node's `getRecentPrioritizationFees` for accounts that are written to. */
  constructor(
    private readonly ask: (accounts: PublicKey[]) => Promise<readonly FeeSample[]>,
    private readonly options: FeeOptions,
  ) {
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Micro-lamports per compute unit for these calls. Never rejects: without an answer it is the last known price.
   *
   * @param missed how often they were offered before, and not taken.
   */
  async price(calls: readonly Call[], missed = 0): Promise<number> {
    const { least, most } = this.options;
    const accounts = writtenBy(calls);
    const known = this.#remember(accounts.map(String).sort().join());
    if (this.#now() - known.at >= FRESH_MS) {
      known.asking ??= this.#refresh(known, accounts);
      await within(PATIENCE_MS, known.asking);
    }
    return Math.min(most, Math.ceil(Math.max(least, known.price) * RAISE ** Math.min(missed, 32)));
  }

  #remember(key: string): { price: number; at: number; asking?: Promise<void> } {
    const known = this.#recent.get(key) ?? { price: 0, at: -Infinity };
    this.#recent.delete(key);
    this.#recent.set(key, known);
    if (this.#recent.size > MAX_REMEMBERED) this.#recent.delete(this.#recent.keys().next().value as string);
    return known;
  }

  async #refresh(known: { price: number; at: number; asking?: Promise<void> }, accounts: PublicKey[]): Promise<void> {
    try {
      known.price = percentile(await this.ask(accounts));
    } catch {
      // The price is no reason not to send: it stays as it was.
    }
    known.at = this.#now();
    known.asking = undefined;
  }
}

/** Writable accounts of calls, each once, without those that sign: nobody else competes for these. */
function writtenBy(calls: readonly Call[]): PublicKey[] {
  const keys = calls.flatMap(({ instruction }) => instruction.keys.filter((key) => key.isWritable && !key.isSigner).map((key) => key.pubkey));
  return [...new Map(keys.map((key) => [key.toBase58(), key])).values()];
}

/** Of the newest slots; what is no price is passed over. */
function percentile(samples: readonly FeeSample[]): number {
  const sound = samples.filter((s) => Number.isSafeInteger(s.slot) && Number.isSafeInteger(s.prioritizationFee) && s.prioritizationFee >= 0);
  const newest = sound.sort((a, b) => b.slot - a.slot).slice(0, SLOTS);
  const fees = newest.map((s) => s.prioritizationFee).sort((a, b) => a - b);
  return fees.length === 0 ? 0 : fees[Math.min(fees.length - 1, Math.floor(PERCENTILE * fees.length))];
}
