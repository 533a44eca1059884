import bs58 from 'bs58';
import type { Bank } from '../../ledger/bank.js';
import type { Commitment } from '../../ledger/bank-types.js';
import { transactionFee } from '../../ledger/fees.js';
import type { TransactionRecord } from '../../ledger/history.js';
import type { Execution } from '../../ledger/svm.js';
import { errorText, type TransactionErrorJson } from '../../ledger/transaction-error.js';
import { MAX_TRANSACTION_BYTES, parseTransaction, TransactionFormatError, type WireTransaction } from '../../ledger/wire.js';
import { type Methods, withContext } from '../context.js';
import { invalidParams, RpcCode, RpcError } from '../errors.js';
import { type Config, asAddress, type Params } from '../params.js';
import { encodeAccount } from '../encoding.js';
import { memoText } from '../parsed-instruction.js';
import { encodeInner, encodeReturnData, encodeTransaction, TRANSACTION_ENCODINGS } from '../transaction-encoding.js';
import { signatureList, statusOf } from '../signatures.js';

const TRANSACTION_TYPE = 'solana_transaction::versioned::VersionedTransaction';
const MAX_STATUSES = 256;

/** Sends, simulates and finds transactions. */
export const transactionMethods: Methods = {
  sendTransaction({ bank }, params) {
    const config = params.config(1);
    const tx = decodeTransaction(params, config);
    config.commitment('preflightCommitment');
    if (!config.flag('skipPreflight')) {
      config.requireContextSlot(bank, 'processed');
      preflight(bank, tx);
    }
    const refused = bank.admit(tx);
    if (!refused) bank.execute(tx);
    return tx.signatures[0];
  },

  simulateTransaction({ bank }, params) {
    const config = params.config(1);
    const tx = decodeTransaction(params, config);
    const commitment = config.commitment();
    config.requireContextSlot(bank, commitment);
    const [replace, verify] = [config.flag('replaceRecentBlockhash'), config.flag('sigVerify')];
    if (replace && verify) throw invalidParams('sigVerify may not be used with replaceRecentBlockhash');
    const refused = replace ? null : bank.admit(tx);
    if (refused && refused !== 'AlreadyProcessed') return withContext(bank, commitment, simulationValue(tx, refused, null));
    const result = bank.simulate(tx, verify);
    return withContext(bank, commitment, {
      ...simulationValue(tx, result.err, result), ...result.balances,
      accounts: simulatedAccounts(bank, config, result.accounts, result.err),
      innerInstructions: config.flag('innerInstructions') ? encodeInner(result, result.keys, true) : null,
      replacementBlockhash: replace ? bank.latestBlockhash(commitment) : null,
    });
  },

  getTransaction({ bank }, params) {
    const signature = params.signature(0);
    const shorthand = typeof params.raw(1) === 'string';
    const config = shorthand ? params.config(9) : params.config(1);
    const commitment = settled(config);
    const encoding = shorthand
      ? TRANSACTION_ENCODINGS.find((e) => e === params.raw(1)) : config.choice('encoding', TRANSACTION_ENCODINGS) ?? 'json';
    if (!encoding) throw invalidParams('Invalid params: unknown encoding');
    const record = bank.history.get(signature);
    if (!record || record.slot > bank.slotAt(commitment)) return null;
    const encoded = encodeTransaction(record, encoding, config.integer('maxSupportedTransactionVersion'));
    return { blockTime: record.blockTime, slot: record.slot, ...encoded };
  },

  getSignatureStatuses({ bank }, params) {
    const list = params.raw(0);
    if (!Array.isArray(list)) throw invalidParams('Invalid params: expected an array of signatures');
    if (list.length > MAX_STATUSES) throw invalidParams(`Too many inputs provided; max ${MAX_STATUSES}`);
    const records = signatureList(list).map((signature) => bank.history.get(signature));
    return withContext(bank, 'processed', records.map((record) => record ? statusOf(bank, record) : null));
  },

  getSignaturesForAddress({ bank }, params) {
    const address = params.address(0);
    const config = params.config(1);
    const slot = bank.slotAt(settled(config));
    config.requireContextSlot(bank, settled(config));
    const limit = config.integer('limit') ?? 1000;
    if (limit < 1 || limit > 1000) throw invalidParams('Invalid limit; max 1000');
    const newest = [...bank.history.of(address)].reverse().filter((record) => record.slot <= slot);
    const position = (field: string): number => newest.findIndex((record) => record.signature === config.value[field]);
    const from = config.value.before ? position('before') + 1 : 0;
    if (config.value.before && from === 0) return [];
    const until = config.value.until ? position('until') : -1;
    return newest.slice(from, until < 0 ? undefined : until).slice(0, limit).map((record) => {
      const { confirmationStatus, err } = statusOf(bank, record);
      const { blockTime, index, signature } = record;
      return { blockTime, confirmationStatus, err, memo: memoOf(record), signature, slot: record.slot, transactionIndex: index };
    });
  },

  getTransactionCount: ({ bank }) => bank.history.landed,
};

/** Runs a transaction before it is sent, so that one which would fail costs nothing. */
function preflight(bank: Bank, tx: WireTransaction): void {
  const refused = bank.admit(tx);
  const result = refused ? null : bank.simulate(tx, true);
  const err = refused ?? result?.err ?? null;
  if (!err) return;
  throw new RpcError(
    RpcCode.preflightFailure, `Transaction simulation failed: ${errorText(err)}`, simulationValue(tx, err, result),
  );
}

function simulationValue(tx: WireTransaction, err: TransactionErrorJson | null, result: Execution | null): object {
  return {
    accounts: null, err, fee: result && err !== 'SignatureFailure' ? transactionFee(tx) : null, innerInstructions: null,
    loadedAccountsDataSize: 0, loadedAddresses: null, logs: result?.logs ?? [],
    postBalances: null, postTokenBalances: null, preBalances: null, preTokenBalances: null, replacementBlockhash: null, returnData: result?.returnData ? encodeReturnData(result.returnData) : null,
    unitsConsumed: result?.unitsConsumed ?? 0,
  };
}

function simulatedAccounts(
  bank: Bank, config: Config, changed: ReadonlyMap<string, Parameters<typeof encodeAccount>[1]>, err: TransactionErrorJson | null,
): unknown {
  const wanted = config.value.accounts as { addresses?: unknown; encoding?: unknown } | undefined | null;
  if (!wanted) return null;
  if (!Array.isArray(wanted.addresses)) throw invalidParams('Invalid params: accounts.addresses must be an array');
  const encoding = wanted.encoding === 'jsonParsed' ? 'jsonParsed' : wanted.encoding === 'base64+zstd' ? 'base64+zstd' : 'base64';
  const lookup = (address: string) => changed.get(address) ?? bank.getAccount(address);
  return wanted.addresses.map(asAddress).map((address) => {
    const account = err ? null : lookup(address);
    return account && account.lamports > 0n ? encodeAccount(address, account, { encoding }, lookup) : null;
  });
}

/** Decodes the transaction that is parameter 0; base58 unless the configuration says base64. */
export function decodeTransaction(params: Params, config: Config): WireTransaction {
  const text = params.text(0);
  const encoding = config.choice('encoding', ['base58', 'base64'] as const) ?? 'base58';
  const longest = encoding === 'base58' ? 1683 : 1644;
  if (text.length > longest) {
    throw invalidParams(`${encoding} encoded ${TRANSACTION_TYPE} too large: ${text.length} bytes (max: encoded/raw ${longest}/${MAX_TRANSACTION_BYTES})`);
  }
  const bytes = encoding === 'base58' ? bs58.decodeUnsafe(text) : base64(text);
  if (!bytes) throw invalidParams(`invalid ${encoding} encoding`);
  try {
    return parseTransaction(bytes);
  } catch (error) {
    if (!(error instanceof TransactionFormatError)) throw error;
    const sanitizing = error.message.startsWith('invalid transaction');
    throw invalidParams(sanitizing ? error.message : `failed to deserialize ${TRANSACTION_TYPE}: ${error.message}`);
  }
}

function base64(text: string): Buffer | null {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0 ? Buffer.from(text, 'base64') : null;
}

/** The commitment of a method that only tells of finished slots. */
function settled(config: Config): Commitment {
  const commitment = config.commitment();
  if (commitment === 'processed') throw invalidParams('Method does not support commitment below `confirmed`');
  return commitment;
}

function memoOf({ bytes }: TransactionRecord): string | null {
  const transaction = parseTransaction(bytes);
  const memos = transaction.instructions.flatMap(({ programIdIndex, data }) => {
    const text = memoText(transaction.staticKeys[programIdIndex], data);
    return text === null ? [] : [`[${data.length}] ${text}`];
  });
  return memos.length > 0 ? memos.join('; ') : null;
}
