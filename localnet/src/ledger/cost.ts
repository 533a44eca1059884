import type { AccountState } from './account.js';
import { ED25519_PROGRAM, LOADER_UPGRADEABLE, SECP256K1_PROGRAM, SECP256R1_PROGRAM } from './addresses.js';
import type { WireTransaction } from './wire.js';

/** Agave's cost model, in compute units. */
const COST = { signature: 720, ed25519: 2400, secp256k1: 6690, secp256r1: 4800, writeLock: 300, bytesPerUnit: 4, page: 8, pageBytes: 32 * 1024 };
/** What loading an account counts beside its data (SIMD-0186). */
const ACCOUNT_BYTES = 64;
/** What a lookup table counts, whatever is in it. */
const LOOKUP_TABLE_BYTES = 8248;
const PROGRAM_ACCOUNT_BYTES = 36;

/** The bytes that a transaction loads: its accounts, the code of the programs among them, its lookup tables. */
export function loadedDataSize(
  tx: WireTransaction, keys: readonly string[], account: (address: string) => AccountState | null, programData: (program: Buffer) => string,
): number {
  const counted = new Set<string>(keys);
  let bytes = LOOKUP_TABLE_BYTES * tx.lookups.length;
  for (const address of keys) {
    const state = account(address);
    if (!state) continue;
    bytes += ACCOUNT_BYTES + state.data.length;
    if (state.owner !== LOADER_UPGRADEABLE || state.data.length !== PROGRAM_ACCOUNT_BYTES) continue;
    const code = programData(state.data);
    if (!counted.has(code)) bytes += ACCOUNT_BYTES + (account(code)?.data.length ?? 0);
    counted.add(code);
  }
  return bytes;
}

/** What a transaction counts towards the limits of a block: `costUnits` of Solana's JSON-RPC. */
export function costUnits(tx: WireTransaction, writable: number, unitsConsumed: number, loadedBytes: number): number {
  let units = COST.signature * tx.requiredSignatures + COST.writeLock * writable + unitsConsumed;
  let dataBytes = 0;
  for (const { programIdIndex, data } of tx.instructions) {
    const program = tx.staticKeys[programIdIndex];
    const verified = data[0] ?? 0;
    dataBytes += data.length;
    if (program === ED25519_PROGRAM) units += COST.ed25519 * verified;
    else if (program === SECP256K1_PROGRAM) units += COST.secp256k1 * verified;
    else if (program === SECP256R1_PROGRAM) units += COST.secp256r1 * verified;
  }
  return units + Math.floor(dataBytes / COST.bytesPerUnit) + COST.page * Math.ceil(loadedBytes / COST.pageBytes);
}
