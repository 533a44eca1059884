import bs58 from 'bs58';
import type { TransactionRecord } from '../ledger/history.js';
import { loadedAddresses } from '../ledger/lookup-tables.js';
import { type CompiledInstruction, isWritable, parseTransaction, type WireTransaction } from '../ledger/wire.js';
import { RpcCode, RpcError } from './errors.js';
import { parsedInstruction } from './parsed-instruction.js';

export const TRANSACTION_ENCODINGS = ['json', 'jsonParsed', 'base58', 'base64'] as const;
export type TransactionEncoding = (typeof TRANSACTION_ENCODINGS)[number];

/** A landed transaction as getTransaction and getBlock show it. */
export function encodeTransaction(record: TransactionRecord, encoding: TransactionEncoding, maxVersion: number | undefined): object {
  const tx = parseTransaction(record.bytes);
  const { version } = tx;
  if (version !== 'legacy' && (maxVersion === undefined || maxVersion < version)) {
    throw new RpcError(
      RpcCode.unsupportedTransactionVersion,
      `Transaction version (${version}) is not supported by the requesting client. Please try the request again with the `
      + `following configuration parameter: "maxSupportedTransactionVersion": ${version}`,
    );
  }
  return {
    meta: encodeMeta(record, tx, encoding), transaction: encodeBody(record, tx, encoding), transactionIndex: record.index,
    ...(maxVersion !== undefined && { version }),
  };
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
    accountKeys: parsed
      ? accountKeys.map((pubkey, i) => ({
        pubkey, signer: i < tx.requiredSignatures, source: i < tx.staticKeys.length ? 'transaction' : 'lookupTable',
        writable: isWritable(tx, i, record.loadedWritable),
      }))
      : tx.staticKeys,
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
    computeUnitsConsumed: record.unitsConsumed, err, fee: record.fee,
    innerInstructions: ran ? encodeInner(record, accountKeys, encoding === 'jsonParsed') : null,
    ...(encoding !== 'jsonParsed' && {
      loadedAddresses: loadedAddresses(tx, accountKeys, loadedWritable),
    }),
    logMessages: ran ? record.logs : null, postBalances: record.postBalances, postTokenBalances: record.postTokenBalances,
    preBalances: record.preBalances, preTokenBalances: record.preTokenBalances,
    ...(returnData && { returnData: encodeReturnData(returnData) }),
    rewards: [], status: err ? { Err: err } : { Ok: null },
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
