import { ComputeBudgetProgram, type PublicKey, Transaction } from '@solana/web3.js';
import { chainErrorOf } from '../../../client/src/chain/failure.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { BankSimulation } from '../../../localnet/src/ledger/bank-types.js';
import { parseTransaction } from '../../../localnet/src/ledger/wire.js';
import type { Calls, Network } from '../support/network.js';

/** What came of a transaction: `ok`, or the name of the error, with a number where only the number is known. */
export type Outcome = string;

interface Result {
  err: unknown;
  logs: string[];
}

/** The programs' own name for a failure, Anchor's, another program's number as `Custom 4`, or the runtime's word. */
export function outcomeOf(network: Network, calls: readonly Call[], { err, logs }: Result): Outcome {
  if (err === null) return 'ok';
  const logged = logs.map((line) => /Error Code: (\w+)\./.exec(line)?.[1]).findLast((code) => code !== undefined);
  const instructionPrograms = ['', ...calls.map((c) => c.instruction.programId.toBase58())];
  const { programError } = chainErrorOf({ programs: network.ids, instructionPrograms, logs, err: err as never });
  if (programError && programError.name !== 'Custom' && programError.name !== 'Anchor') return programError.name;
  if (logged) return logged;
  if (programError) return `Custom ${programError.number}`;
  const [, what] = (err as { InstructionError?: [number, unknown] }).InstructionError ?? [];
  return typeof what === 'string' ? what : JSON.stringify(err);
}

/** What a transaction can have at most: with other accounts an instruction may take more than the client's limit for it. */
const MOST_UNITS = 1_400_000;
let made = 0;

/** A transaction of these calls whose fee a stranger pays, so that no account is writable or a signer for the fee's sake. */
export function transactionOf(network: Network, calls: readonly Call[], feePayer: PublicKey): Transaction {
  // A limit that differs each time tells equal transactions apart.
  const units = MOST_UNITS - (made++ % 10_000);
  const transaction = new Transaction({ feePayer, recentBlockhash: network.bank.latestBlockhash().blockhash });
  return transaction.add(ComputeBudgetProgram.setComputeUnitLimit({ units }), ...calls.map((c) => c.instruction));
}

/**
 * Runs calls on the chain as it is, without changing it. Signatures are taken for given: whoever an instruction names as
 * a signer has signed, a program's own address too.
 */
export function rehearse(network: Network, calls: readonly Call[]): BankSimulation {
  const message = transactionOf(network, calls, network.key('fee payer').publicKey).compileMessage();
  const signatures = Buffer.alloc(64 * message.header.numRequiredSignatures);
  const wire = Buffer.concat([Buffer.of(message.header.numRequiredSignatures), signatures, message.serialize()]);
  return network.bank.simulate(parseTransaction(wire), false);
}

/** What would come of these calls, see {@link rehearse}. */
export async function attempt(network: Network, calls: Calls): Promise<Outcome> {
  const list = [await calls].flat() as Call[];
  return outcomeOf(network, list, rehearse(network, list));
}
