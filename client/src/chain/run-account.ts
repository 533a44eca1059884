import { type PublicKey, SystemProgram } from '@solana/web3.js';
import { BUILTIN_UNITS } from './compute-units.js';
import { RUN_SPACE } from './decode-run.js';
import type { Call } from './transaction.js';

/**
 * Makes a run's account, rent-free, under its id as the seed. An address that holds lamports can't be created any more,
 * and anybody can send some there beforehand: then what is missing is transferred, space and owner given to it.
 *
 * @param held lamports at the address. @param rent lamports that the account needs.
 */
export function runAccountCalls(authority: PublicKey, run: PublicKey, runId: string, programId: PublicKey, rent: bigint, held: bigint): Call[] {
  const seeded = { basePubkey: authority, seed: runId, space: RUN_SPACE, programId };
  if (held === 0n) {
    const instruction = SystemProgram.createAccountWithSeed({ ...seeded, fromPubkey: authority, newAccountPubkey: run, lamports: Number(rent) });
    return [{ name: 'create account', instruction, computeUnits: BUILTIN_UNITS }];
  }
  const missing = rent > held ? rent - held : 0n;
  const calls = [
    // With a seed, allocating makes the program the owner as well.
    { name: 'allocate account', instruction: SystemProgram.allocate({ ...seeded, accountPubkey: run }), computeUnits: BUILTIN_UNITS },
  ];
  if (missing === 0n) return calls;
  const transfer = SystemProgram.transfer({ fromPubkey: authority, toPubkey: run, lamports: missing });
  return [{ name: 'transfer', instruction: transfer, computeUnits: BUILTIN_UNITS }, ...calls];
}
