import type { Keypair } from '@solana/web3.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { Calls, Done, Network } from './network.js';

/** What the instruction that sets the limit takes itself. */
const BUDGET_UNITS = 150;

/** Compute units and sizes of transactions, by what they do; of several of a kind the costliest. */
export class Costs {
  readonly #rows = new Map<string, { units: number; bytes: number; limit: number; accounts: number }>();

  constructor(readonly network: Network) {}

  /** Sends what must succeed, and keeps what it took. */
  async of(label: string, calls: Calls, ...signers: Keypair[]): Promise<Done> {
    const list = [await calls].flat() as Call[];
    const done = await this.network.ok(list, ...signers);
    const units = done.unitsConsumed - BUDGET_UNITS;
    const former = this.#rows.get(label);
    if (!former || former.units < units) {
      const accounts = new Set(list.flatMap((c) => c.instruction.keys.map((k) => k.pubkey.toBase58()))).size;
      this.#rows.set(label, { units, bytes: done.wire.length, limit: list.reduce((sum, c) => sum + c.computeUnits, 0), accounts });
    }
    return done;
  }

  /** The compute units that a kind of transaction took. */
  units(label: string): number {
    return this.#rows.get(label)!.units;
  }

  /** One line per kind, with the limit that the client sets. */
  table(title: string): string {
    const lines = [...this.#rows].map(([label, row]) =>
      `${label.padEnd(44)}${String(row.units).padStart(9)}${String(row.limit).padStart(9)}${String(row.bytes).padStart(7)}${String(row.accounts).padStart(5)}`);
    return [`\n${title.padEnd(44)}       CU    limit  bytes  acc`, ...lines].join('\n');
  }
}
