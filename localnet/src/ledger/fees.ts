import {
  COMPUTE_BUDGET_PROGRAM, ED25519_PROGRAM, LOADER_UPGRADEABLE, LOADER_V1, LOADER_V2, SECP256K1_PROGRAM,
  SECP256R1_PROGRAM, SYSTEM_PROGRAM, VOTE_PROGRAM,
} from './addresses.js';
import type { WireTransaction } from './wire.js';

/** Solana's base fee. */
export const LAMPORTS_PER_SIGNATURE = 5000;
const MAX_COMPUTE_UNITS = 1_400_000;
const DEFAULT_UNITS = 200_000;
const DEFAULT_BUILTIN_UNITS = 3_000;

const PRECOMPILES: readonly string[] = [ED25519_PROGRAM, SECP256K1_PROGRAM, SECP256R1_PROGRAM];
const BUILTINS: readonly string[] = [
  SYSTEM_PROGRAM, VOTE_PROGRAM, COMPUTE_BUDGET_PROGRAM, LOADER_UPGRADEABLE, LOADER_V1, LOADER_V2, ...PRECOMPILES,
];

type FeeMessage = Pick<WireTransaction, 'staticKeys' | 'instructions' | 'requiredSignatures'>;

/** What a transaction says about compute: its unit limit and its price in micro-lamports per unit. */
export function computeBudget(tx: FeeMessage): { limit: number; price: bigint } {
  let limit: number | undefined;
  let price = 0n;
  let byDefault = 0;
  for (const { programIdIndex, data } of tx.instructions) {
    const program = tx.staticKeys[programIdIndex];
    byDefault += BUILTINS.includes(program) ? DEFAULT_BUILTIN_UNITS : DEFAULT_UNITS;
    if (program !== COMPUTE_BUDGET_PROGRAM) continue;
    const view = Buffer.from(data);
    if (view[0] === 2 && view.length >= 5) limit = view.readUInt32LE(1);
    else if (view[0] === 3 && view.length >= 9) price = view.readBigUInt64LE(1);
  }
  return { limit: Math.min(limit ?? byDefault, MAX_COMPUTE_UNITS), price };
}

/** Base fee per signature, those that a precompile verifies included, and the priority fee; in lamports. */
export function transactionFee(tx: FeeMessage): number {
  let signatures = tx.requiredSignatures;
  for (const { programIdIndex, data } of tx.instructions) {
    if (PRECOMPILES.includes(tx.staticKeys[programIdIndex])) signatures += data[0] ?? 0;
  }
  const { limit, price } = computeBudget(tx);
  const priority = (BigInt(limit) * price + 999_999n) / 1_000_000n;
  return signatures * LAMPORTS_PER_SIGNATURE + Number(priority);
}
