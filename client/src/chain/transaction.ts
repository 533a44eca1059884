import { ComputeBudgetProgram, type Signer, Transaction, type TransactionInstruction } from '@solana/web3.js';
import bs58 from 'bs58';
import { BUILTIN_UNITS } from './compute-units.js';
import { ChainError } from './errors.js';

/** One instruction to be sent, alone or with others in a transaction. */
export interface Call {
  /** For messages, e.g. `witness`. */
  name: string;
  instruction: TransactionInstruction;
  /** The compute units it may use, by what is known of what it works on. */
  computeUnits: number;
  /** The same where nothing is known: it is tried with these where the others did not suffice. */
  mostUnits?: number;
  /** Signatures that it has checked itself, each paid like one of the transaction's. */
  signatures?: number;
}

/** A signed transaction, ready for the wire. */
export interface Built {
  bytes: Buffer;
  signature: string;
  /** The program of each instruction, base58, in order. */
  programs: string[];
  /** Lamports it costs, without what its instructions move. */
  fee: bigint;
}

const MAX_TRANSACTION_BYTES = 1232;
const LAMPORTS_PER_SIGNATURE = 5000n;

/** Tells transactions apart that are otherwise equal and share a blockhash, like two ticks in one slot: so many there may be. */
const SEQUENCE = 64;
let sequence = 0;

/**
 * Builds and signs one transaction of `calls` with their compute units as its limit.
 *
 * @param signers the first pays the fee.
 * @param price micro-lamports per compute unit.
 * @throws ChainError `TRANSACTION_INVALID` when it is too long or a signature is missing.
 */
export function buildTransaction(
  calls: readonly Call[],
  signers: readonly [Signer, ...Signer[]],
  price: number,
  recent: { blockhash: string; lastValidBlockHeight: number },
): Built {
  const units = (price > 0 ? 2 : 1) * BUILTIN_UNITS + calls.reduce((sum, c) => sum + c.computeUnits, 0) + (sequence++ % SEQUENCE);
  const transaction = new Transaction({ feePayer: signers[0].publicKey, ...recent });
  transaction.add(ComputeBudgetProgram.setComputeUnitLimit({ units }));
  if (price > 0) transaction.add(ComputeBudgetProgram.setComputeUnitPrice({ microLamports: price }));
  transaction.add(...calls.map((c) => c.instruction));
  let bytes: Buffer;
  try {
    transaction.sign(...signers);
    bytes = transaction.serialize();
  } catch (cause) {
    const names = calls.map((c) => c.name).join(' + ');
    throw new ChainError('TRANSACTION_INVALID', `The transaction (${names}) can't be made: ${(cause as Error).message}`, { cause });
  }
  if (bytes.length > MAX_TRANSACTION_BYTES) {
    throw new ChainError(
      'TRANSACTION_INVALID',
      `The transaction has ${bytes.length} bytes where ${MAX_TRANSACTION_BYTES} are allowed: send fewer instructions at once.`,
    );
  }
  const signatures = calls.reduce((sum, c) => sum + (c.signatures ?? 0), transaction.signatures.length);
  return {
    bytes,
    signature: bs58.encode(transaction.signature as Buffer),
    programs: transaction.instructions.map((i) => i.programId.toBase58()),
    fee: LAMPORTS_PER_SIGNATURE * BigInt(signatures) + BigInt(Math.ceil((units * price) / 1e6)),
  };
}
