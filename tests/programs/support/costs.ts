import type { Keypair, TransactionInstruction } from '@solana/web3.js';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { Calls, Done, Network } from './network.js';

/** What the instruction that sets the limit takes itself. */
const BUDGET_UNITS = 150;
/** What no transaction can have more of. */
const MOST_UNITS = 1_400_000;

/** What transactions of one kind took: the costliest of them. */
export interface Cost {
  /** Compute units used, without those of the budget's instructions. */
  units: number;
  /** Compute units that the client asked for, likewise. */
  limit: number;
  /** Of the transaction as it goes over the wire. */
  bytes: number;
  /** Signatures in it, and those that its instructions have checked. */
  signatures: number;
}

/** Compute units and sizes of transactions, by what they do. */
export class Costs {
  readonly rows = new Map<string, Cost>();
  /** Transactions that used more than the client asked for, in words. */
  readonly shortages: string[] = [];
  /** `program.instruction` of all that were sent. */
  readonly instructions = new Set<string>();

  constructor(readonly network: Network) {}

  /** Sends what must succeed, and keeps what it took. The limit asked for is noted, not imposed. */
  async of(label: string, calls: Calls, ...signers: Keypair[]): Promise<Done> {
    const list = [await calls].flat() as Call[];
    const limit = list.reduce((sum, c) => sum + c.computeUnits, 0);
    const unlimited = list.map((call, i) => ({ ...call, computeUnits: i === 0 ? MOST_UNITS / 2 : 0 }));
    const done = await this.network.ok(unlimited, ...signers);
    const units = done.unitsConsumed - BUDGET_UNITS;
    if (units > limit) this.shortages.push(`${label}: ${units} of ${limit}`);
    for (const { instruction } of list) this.#note(instruction);
    const former = this.rows.get(label);
    if (!former || former.units < units) {
      const signatures = list.reduce((sum, c) => sum + (c.signatures ?? 0), signers.length);
      this.rows.set(label, { units, limit, bytes: done.wire.length, signatures });
    }
    return done;
  }

  /** The costliest transaction of a kind. */
  row(label: string): Cost {
    const row = this.rows.get(label);
    if (!row) throw new Error(`no transaction "${label}" was measured`);
    return row;
  }

  #note({ programId, data }: TransactionInstruction): void {
    for (const [name, idl] of Object.entries({ authorizer: authorizerIdl, coordinator: coordinatorIdl, treasurer: treasurerIdl })) {
      if (!programId.equals(this.network.ids[name as keyof Network['ids']])) continue;
      const found = idl.instructions.find((i) => data.subarray(0, 8).equals(Buffer.from(i.discriminator)));
      if (found) this.instructions.add(`${name}.${found.name}`);
    }
  }
}
