import type { AccountState } from '../../ledger/account.js';
import type { Bank } from '../../ledger/bank.js';
import type { BankSimulation, Commitment } from '../../ledger/bank-types.js';
import { transactionFee } from '../../ledger/fees.js';
import type { TransactionRecord } from '../../ledger/history.js';
import { errorText, type TransactionErrorJson } from '../../ledger/transaction-error.js';
import { parseTransaction, type WireTransaction } from '../../ledger/wire.js';
import { type Methods, withContext } from '../context.js';
import { decodeTransaction } from '../decode-transaction.js';
import { type AccountFormat, accountFormat, encodeAccount } from '../encoding.js';
import { invalidParams, RpcCode, RpcError } from '../errors.js';
import { asAddress, asSignature, Config, type Json, settled } from '../params.js';
import { memoText } from '../parsed-instruction.js';
import { signatureList, statusOf } from '../signatures.js';
import { encodeInner, encodeReturnData, encodeTransaction, transactionEncoding } from '../transaction-encoding.js';

const MAX_SIGNATURES = 1000;
const MAX_STATUSES = 256;

/** Sends, simulates and finds transactions. */
export const transactionMethods: Methods = {
  sendTransaction({ bank }, params) {
    const config = params.config(1);
    const skip = config.flag('skipPreflight');
    const commitment = skip ? 'processed' : config.commitment('preflightCommitment');
    const tx = decodeTransaction(bank, params, config, commitment);
    config.requireContextSlot(bank, commitment);
    if (!skip) preflight(bank, tx, commitment);
    const refused = bank.admit(tx);
    if (!refused) bank.execute(tx);
    return tx.signatures[0];
  },

  simulateTransaction({ bank }, params) {
    const config = params.config(1);
    const commitment = config.commitment();
    const tx = decodeTransaction(bank, params, config, commitment);
    config.requireContextSlot(bank, commitment);
    const [replace, verify] = [config.flag('replaceRecentBlockhash'), config.flag('sigVerify')];
    if (replace && verify) throw invalidParams('sigVerify may not be used with replaceRecentBlockhash');
    const addresses = simulatedAddresses(config, tx);
    const refused = replace ? null : bank.admit(tx, commitment);
    const result = bank.simulate(tx, verify, commitment);
    if (result.err === 'SignatureFailure') {
      const { loadedAddresses } = result.balances;
      return withContext(bank, commitment, { ...simulationValue(tx, result.err, null), loadedAddresses });
    }
    const stopped = refused && refused !== 'AlreadyProcessed' ? refused : null;
    return withContext(bank, commitment, {
      ...simulationValue(tx, stopped ?? result.err, stopped ? null : result), ...numbered(result.balances),
      ...(stopped && unchanged(numbered(result.balances))),
      accounts: addresses && simulatedAccounts(bank, addresses, result.accounts, stopped ?? result.err, commitment),
      innerInstructions: config.flag('innerInstructions') ? encodeInner(result, result.keys, true) : null,
      replacementBlockhash: replace ? bank.latestBlockhash(commitment) : null,
    });
  },

  getTransaction({ bank }, params) {
    const signature = params.signature(0);
    const { config, encoding } = transactionEncoding(params, 1);
    const commitment = settled(config);
    const record = bank.history.get(signature);
    if (!record || record.slot > bank.slotAt(commitment)) return null;
    const encoded = encodeTransaction(record, encoding, config.integer('maxSupportedTransactionVersion'));
    return { blockTime: record.blockTime, slot: record.slot, transactionIndex: record.index, ...encoded };
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
    const { before, until } = config.value;
    const [first, last] = [before, until].map((signature) => (signature === undefined || signature === null ? null : asSignature(signature)));
    const commitment = settled(config);
    const limit = config.integer('limit') ?? MAX_SIGNATURES;
    if (limit < 1 || limit > MAX_SIGNATURES) throw invalidParams(`Invalid limit; max ${MAX_SIGNATURES}`);
    config.requireContextSlot(bank, commitment);
    const slot = bank.slotAt(commitment);
    const [from, to] = [first, last].map((signature) => (signature === null ? null : placeOf(bank, signature)));
    return [...bank.history.of(address)].reverse()
      .filter((r) => r.slot <= slot && (!from || comparePlaces(r, from) < 0) && (!to || comparePlaces(r, to) > 0)).slice(0, limit)
      .map((record) => {
        const { confirmationStatus, err } = statusOf(bank, record);
        const { blockTime, index, signature } = record;
        return { blockTime, confirmationStatus, err, memo: memoOf(record), signature, slot: record.slot, transactionIndex: index };
      });
  },

  getTransactionCount({ bank }, params) {
    const config = params.config(0);
    config.requireContextSlot(bank, config.commitment());
    return bank.history.landed;
  },
};

/** Runs a transaction before it is sent, so that one which would fail costs nothing. */
function preflight(bank: Bank, tx: WireTransaction, commitment: Commitment): void {
  const result = bank.simulate(tx, true, commitment);
  const refused = result.err === 'SignatureFailure' ? null : bank.admit(tx, commitment);
  const err = refused ?? result.err;
  if (!err) return;
  throw new RpcError(
    RpcCode.preflightFailure, `Transaction simulation failed: ${errorText(err)}`, simulationValue(tx, err, refused ? null : result),
  );
}

/** Errors of those who could not have paid the fee. */
const UNPAID: readonly TransactionErrorJson[] = [
  'SignatureFailure', 'AccountNotFound', 'InvalidAccountForFee', 'InsufficientFundsForFee', 'BlockhashNotFound', 'AlreadyProcessed',
];

function simulationValue(tx: WireTransaction, err: TransactionErrorJson | null, result: BankSimulation | null): object {
  return {
    accounts: null, err, fee: result && !(err && UNPAID.includes(err)) ? transactionFee(tx) : null, innerInstructions: null,
    loadedAccountsDataSize: result?.loadedAccountsDataSize ?? 0, loadedAddresses: null, logs: result?.logs ?? [], postBalances: null,
    postTokenBalances: null, preBalances: null, preTokenBalances: null, replacementBlockhash: null,
    returnData: result?.returnData ? encodeReturnData(result.returnData) : null, unitsConsumed: result?.unitsConsumed ?? 0,
  };
}

type Balances = BankSimulation['balances'];

/** Amounts of 0 have their number here, which Agave's ledger does not keep. */
function numbered(balances: Balances): Balances {
  const number = (list: Balances['preTokenBalances']) => list.map((balance) => ({
    ...balance, uiTokenAmount: { ...balance.uiTokenAmount, uiAmount: balance.uiTokenAmount.uiAmount ?? 0 },
  }));
  return { ...balances, preTokenBalances: number(balances.preTokenBalances), postTokenBalances: number(balances.postTokenBalances) };
}

const unchanged = ({ preBalances, preTokenBalances }: Balances): Partial<Balances> => ({ postBalances: preBalances, postTokenBalances: preTokenBalances });

interface Wanted {
  readonly addresses: readonly string[];
  readonly format: AccountFormat;
}

/** The accounts that a simulation is to show, or `null` if none are asked for. */
function simulatedAddresses(config: Config, tx: WireTransaction): Wanted | null {
  const wanted = config.value.accounts as Json | undefined | null;
  if (!wanted) return null;
  if (!Array.isArray(wanted.addresses)) throw invalidParams('Invalid params: accounts.addresses must be an array');
  const format = accountFormat(new Config({ encoding: wanted.encoding }), 'base64');
  if (format.encoding === 'binary' || format.encoding === 'base58') throw invalidParams('base58 encoding not supported');
  const most = tx.staticKeys.length + tx.lookups.reduce((sum, { readonly, writable }) => sum + readonly.length + writable.length, 0);
  if (wanted.addresses.length > most) throw invalidParams(`Too many accounts provided; max ${most}`);
  return { addresses: wanted.addresses.map(asAddress), format };
}

function simulatedAccounts(
  bank: Bank, { addresses, format }: Wanted, changed: ReadonlyMap<string, AccountState>, err: TransactionErrorJson | null, commitment: Commitment,
): unknown {
  const lookup = (address: string): AccountState | null => changed.get(address) ?? bank.getAccount(address, commitment);
  return addresses.map((address) => {
    const account = err ? null : lookup(address);
    return account && account.lamports > 0n ? encodeAccount(address, account, format, lookup) : null;
  });
}

type Place = Pick<TransactionRecord, 'slot' | 'index'>;
const comparePlaces = (a: Place, b: Place): number => a.slot - b.slot || a.index - b.index;

function placeOf(bank: Bank, signature: string): Place {
  const record = bank.history.get(signature);
  if (!record) throw new RpcError(RpcCode.transactionNotFound, `Transaction ${signature} not found`);
  return record;
}

function memoOf({ bytes }: TransactionRecord): string | null {
  const transaction = parseTransaction(bytes);
  const memos = transaction.instructions.flatMap(({ programIdIndex, data }) => {
    const text = memoText(transaction.staticKeys[programIdIndex], data);
    return text === null ? [] : [`[${data.length}] ${text}`];
  });
  return memos.length > 0 ? memos.join('; ') : null;
}
