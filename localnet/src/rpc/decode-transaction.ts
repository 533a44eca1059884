import bs58 from 'bs58';
import { COMPUTE_BUDGET_PROGRAM } from '../ledger/addresses.js';
import type { Bank } from '../ledger/bank.js';
import type { Commitment } from '../ledger/bank-types.js';
import { lookupProblem } from '../ledger/lookup-tables.js';
import { errorText } from '../ledger/transaction-error.js';
import { MAX_TRANSACTION_BYTES, parseTransaction, TransactionFormatError, type WireTransaction } from '../ledger/wire.js';
import { invalidParams } from './errors.js';
import type { Config, Params } from './params.js';

const TYPE = 'solana_transaction::versioned::VersionedTransaction';
/** The longest texts that 1,232 bytes can have. */
const LONGEST = { base58: 1683, base64: 1644 } as const;

/**
 * Decodes the transaction that is parameter 0, base58 unless the configuration says base64, and refuses what need not be
 * run to be found wrong.
 */
export function decodeTransaction(bank: Bank, params: Params, config: Config, commitment: Commitment): WireTransaction {
  const text = params.text(0);
  const encoding = config.choice('encoding', ['base58', 'base64'] as const) ?? 'base58';
  const longest = LONGEST[encoding];
  if (text.length > longest) {
    throw invalidParams(`${encoding} encoded ${TYPE} too large: ${text.length} bytes (max: encoded/raw ${longest}/${MAX_TRANSACTION_BYTES})`);
  }
  const bytes = encoding === 'base58' ? bs58.decodeUnsafe(text) : base64(text);
  if (!bytes) throw invalidParams(`invalid ${encoding} encoding`);
  if (bytes.length > MAX_TRANSACTION_BYTES) {
    throw invalidParams(`decoded ${TYPE} too large: ${bytes.length} bytes (max: ${MAX_TRANSACTION_BYTES} bytes)`);
  }
  const tx = parse(bytes);
  const problem = duplicateBudget(tx) ?? lookupProblem(tx, (address) => bank.getAccount(address, commitment));
  if (problem) throw invalidParams(`invalid transaction: ${errorText(problem)}`);
  return tx;
}

function parse(bytes: Uint8Array): WireTransaction {
  try {
    return parseTransaction(bytes);
  } catch (error) {
    if (!(error instanceof TransactionFormatError)) throw error;
    throw invalidParams(error.message.startsWith('invalid transaction')
      ? `invalid transaction: ${errorText('SanitizeFailure')}` : `failed to deserialize ${TYPE}: ${error.message}`);
  }
}

/** A setting of the compute budget that comes twice. */
function duplicateBudget(tx: WireTransaction): { DuplicateInstruction: number } | null {
  const seen = new Set<number>();
  for (const [i, { data, programIdIndex }] of tx.instructions.entries()) {
    if (tx.staticKeys[programIdIndex] !== COMPUTE_BUDGET_PROGRAM) continue;
    if (seen.has(data[0])) return { DuplicateInstruction: i };
    seen.add(data[0]);
  }
  return null;
}

export function base64(text: string): Buffer | null {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 ? Buffer.from(text, 'base64') : null;
}
