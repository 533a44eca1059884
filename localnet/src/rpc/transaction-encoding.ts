import bs58 from 'bs58';
import type { TransactionRecord } from '../ledger/history.js';
import { loadedAddresses } from '../ledger/lookup-tables.js';
import { type CompiledInstruction, isWritable, parseTransaction, type WireTransaction } from '../ledger/wire.js';
import { RpcCode, RpcError } from './errors.js';
import { Config, type Params } from './params.js';
import { parsedInstruction } from './parsed-instruction.js';

export const TRANSACTION_ENCODINGS = ['json', 'jsonParsed', 'base58', 'base64'] as const;
export type TransactionEncoding = (typeof TRANSACTION_ENCODINGS)[number];

/** The encoding of getTransaction and getBlock: a field of the configuration, or, as of old, in the configuration's place. */
export function transactionEncoding(params: Params, index: number): { config: Config; encoding: TransactionEncoding } {
  const shorthand = params.raw(index);
  const config = typeof shorthand === 'string' ? new Config({ encoding: shorthand }) : params.config(index);
  if (config.value.encoding === 'binary') return { config, encoding: 'base58' };
  return { config, encoding: config.choice('encoding', TRANSACTION_ENCODINGS) ?? 'json' };
}

/** A landed transaction as getTransaction and getBlock show it. */
export function encodeTransaction(
  record: TransactionRecord, encoding: TransactionEncoding, maxVersion: number | undefined, rewards: [] | null = [],
): object {
  const tx = parseTransaction(record.bytes);
  return {
    meta: { ...encodeMeta(record, tx, encoding), rewards }, transaction: encodeBody(record, tx, encoding), ...shownVersion(tx, maxVersion),
  };
}

/** Of a landed transaction, what an explorer lists: who signed, which accounts, what they had before and after. */
export function encodeAccountsOnly(record: TransactionRecord, maxVersion: number | undefined): object {
  const tx = parseTransaction(record.bytes);
  const { err, fee, postBalances, postTokenBalances, preBalances, preTokenBalances } = record;
  return {
    meta: { err, fee, postBalances, postTokenBalances, preBalances, preTokenBalances, status: statusJson(err) },
    transaction: { accountKeys: describedKeys(record, tx), signatures: tx.signatures }, ...shownVersion(tx, maxVersion),
  };
}

/** The version, for clients that say which they know. @throws RpcError for one that they don't */
function shownVersion({ version }: WireTransaction, maxVersion: number | undefined): object {
  if (version !== 'legacy' && (maxVersion === undefined || maxVersion < version)) {
    throw new RpcError(
      RpcCode.unsupportedTransactionVersion,
      `Transaction version (${version}) is not supported by the requesting client. Please try the request again with the `
      + `following configuration parameter: "maxSupportedTransactionVersion": ${version}`,
    );
  }
  return maxVersion === undefined ? {} : { version };
}

const statusJson = (err: TransactionRecord['err']): object => (err ? { Err: err } : { Ok: null });

function describedKeys({ accountKeys, loadedWritable }: TransactionRecord, tx: WireTransaction): object[] {
  return accountKeys.map((pubkey, i) => ({
    pubkey, signer: i < tx.requiredSignatures, source: i < tx.staticKeys.length ? 'transaction' : 'lookupTable',
    writable: isWritable(tx, i, loadedWritable),
  }));
}

function encodeBody(record: TransactionRecord, tx: WireTransaction, encoding: TransactionEncoding): unknown {
  const { accountKeys } = record;
  if (encoding === 'base58' || encoding === 'base64') {
    return [encoding === 'base58' ? bs58.encode(tx.bytes) : Buffer.from(tx.bytes).toString('base64'), encoding];
  }
  const parsed = encoding === 'jsonParsed';
  const lookups = tx.lookups.map(({ table, writable, readonly }) => ({
    accountKey: table, readonlyIndexes: readonly, writableIndexes: writable,
  }));
  const message = {
    accountKeys: parsed ? describedKeys(record, tx) : tx.staticKeys,
    ...(!parsed && { header: {
      numReadonlySignedAccounts: tx.readonlySigned, numReadonlyUnsignedAccounts: tx.readonlyUnsigned,
      numRequiredSignatures: tx.requiredSignatures,
    } }),
    instructions: tx.instructions.map((i) => encodeInstruction(i, accountKeys, parsed, 1)),
    recentBlockhash: tx.recentBlockhash,
    ...(tx.version !== 'legacy' && { addressTableLookups: lookups }),
  };
  return { message, signatures: tx.signatures };
}

function encodeMeta(record: TransactionRecord, tx: WireTransaction, encoding: TransactionEncoding): object {
  const { accountKeys, err, loadedWritable, returnData } = record;
  // One that could not be loaded paid its fee and did not run.
  const ran = record.logs.length > 0 || tx.instructions.length === 0;
  return {
    computeUnitsConsumed: record.unitsConsumed, ...(record.costUnits !== undefined && { costUnits: record.costUnits }), err, fee: record.fee,
    innerInstructions: ran ? encodeInner(record, accountKeys, encoding === 'jsonParsed') : null,
    ...(encoding !== 'jsonParsed' && {
      loadedAddresses: loadedAddresses(tx, accountKeys, loadedWritable),
    }),
    logMessages: ran ? record.logs : null, postBalances: record.postBalances, postTokenBalances: record.postTokenBalances,
    preBalances: record.preBalances, preTokenBalances: record.preTokenBalances,
    ...(returnData && { returnData: encodeReturnData(returnData) }),
    status: statusJson(err),
  };
}

/** The instructions that programs called, by the top-level instruction they were called in. */
export function encodeInner(
  { innerInstructions }: Pick<TransactionRecord, 'innerInstructions'>, keys: readonly string[], parsed: boolean,
): object[] {
  return innerInstructions.map(({ index, instructions }) => ({
    index, instructions: instructions.map((i) => encodeInstruction(i, keys, parsed, i.stackHeight)),
  }));
}

export function encodeReturnData({ programId, data }: { programId: string; data: Buffer }): object {
  return { data: [data.toString('base64'), 'base64'], programId };
}

function encodeInstruction(instruction: CompiledInstruction, keys: readonly string[], parsed: boolean, stackHeight: number): object {
  const { accounts, data, programIdIndex } = instruction;
  if (!parsed) return { accounts, data: bs58.encode(data), programIdIndex, stackHeight };
  const programId = keys[programIdIndex];
  const names = accounts.map((index) => keys[index]);
  const readable = parsedInstruction(programId, names, Buffer.from(data));
  return readable ? { ...readable, programId, stackHeight } : { accounts: names, data: bs58.encode(data), programId, stackHeight };
}
