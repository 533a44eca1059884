import { createHash } from 'node:crypto';
import { VersionedTransaction } from '@solana/web3.js';
import { coordinatorIdl } from '../../client/src/chain/idl.js';

/** A transaction as it landed. */
export interface Landed {
  slot: number;
  /** Of the coordinator's instruction, e.g. `witness`; `other` for what is not the coordinator's. */
  name: string;
  units: number;
  /** Compute units that it asked for. */
  limit: number;
  /** Lamports. */
  fee: number;
  payer: string;
  ok: boolean;
  bytes: number;
}

/** What the validator keeps of a transaction, as far as this needs it. */
export interface LandedRecord {
  slot: number;
  bytes: Uint8Array;
  fee: number;
  err: unknown;
  unitsConsumed: number;
}

const COMPUTE_BUDGET = 'ComputeBudget111111111111111111111111111111';
/** `SetComputeUnitLimit`, then u32. */
const LIMIT_TAG = 2;

/** By the first eight bytes of an instruction's data, in hex: Anchor's discriminator of its name. */
const NAMES = new Map(coordinatorIdl.instructions.map(({ name }) => [createHash('sha256').update(`global:${name}`).digest('hex').slice(0, 16), name as string]));

/** Reads what a transaction did. @param coordinator the program's address */
export function landedOf(record: LandedRecord, coordinator: string): Landed {
  const { message } = VersionedTransaction.deserialize(record.bytes);
  const keys = message.staticAccountKeys.map((key) => key.toBase58());
  let name = 'other';
  let limit = 0;
  for (const { programIdIndex, data } of message.compiledInstructions) {
    const program = keys[programIdIndex];
    if (program === COMPUTE_BUDGET && data[0] === LIMIT_TAG) limit = Buffer.from(data).readUInt32LE(1);
    if (program === coordinator && name === 'other') name = NAMES.get(Buffer.from(data.subarray(0, 8)).toString('hex')) ?? 'other';
  }
  return { slot: record.slot, name, units: record.unitsConsumed, limit, fee: record.fee, payer: keys[0], ok: record.err === null, bytes: record.bytes.length };
}

/** What an instruction came to over some rounds. */
export interface KindTotal {
  name: string;
  /** Transactions that landed, failed ones included, and how many of them failed. */
  count: number;
  failed: number;
  units: number;
  fees: number;
}

/** By instruction, in order of units used. */
export function totalsOf(landed: readonly Landed[]): KindTotal[] {
  const totals = new Map<string, KindTotal>();
  for (const { name, units, fee, ok } of landed) {
    const total = totals.get(name) ?? { name, count: 0, failed: 0, units: 0, fees: 0 };
    totals.set(name, { name, count: total.count + 1, failed: total.failed + (ok ? 0 : 1), units: total.units + units, fees: total.fees + fee });
  }
  return [...totals.values()].sort((a, b) => b.units - a.units);
}
