import bs58 from 'bs58';
import { PsycheError } from '../../../client/src/errors.js';

/** The bytes are not a transaction that this validator takes. */
export class TransactionFormatError extends PsycheError {
  constructor(message: string) {
    super('TRANSACTION_FORMAT', message);
  }
}

export interface CompiledInstruction {
  readonly programIdIndex: number;
  readonly accounts: readonly number[];
  readonly data: Uint8Array;
}

export interface LookupTableUse {
  readonly table: string;
  readonly writable: readonly number[];
  readonly readonly: readonly number[];
}

/** A transaction taken apart; nothing in it has been verified but its form. */
export interface WireTransaction {
  readonly bytes: Uint8Array;
  readonly message: Uint8Array;
  readonly signatures: readonly string[];
  readonly version: 'legacy' | 0;
  readonly requiredSignatures: number;
  readonly readonlySigned: number;
  readonly readonlyUnsigned: number;
  /** Base58; those of lookup tables are not among them. */
  readonly staticKeys: readonly string[];
  readonly recentBlockhash: string;
  readonly instructions: readonly CompiledInstruction[];
  readonly lookups: readonly LookupTableUse[];
}

/** What fits into one network packet: the limit of a transaction in bytes. */
export const MAX_TRANSACTION_BYTES = 1232;

class Reader {
  offset = 0;
  constructor(readonly bytes: Uint8Array) {}

  u8(): number {
    if (this.offset >= this.bytes.length) throw new TransactionFormatError('failed to fill whole buffer');
    return this.bytes[this.offset++];
  }

  take(length: number): Uint8Array {
    if (this.offset + length > this.bytes.length) throw new TransactionFormatError('failed to fill whole buffer');
    return this.bytes.subarray(this.offset, (this.offset += length));
  }

  /** Solana's compact u16; only its shortest form is one. */
  length(): number {
    let value = 0;
    for (let i = 0; i < 3; i++) {
      const byte = this.u8();
      if (i > 0 && byte === 0) throw new TransactionFormatError('a length is not in its shortest form');
      value |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) {
        if (value > 0xffff) break;
        return value;
      }
    }
    throw new TransactionFormatError('a length is above 65,535');
  }

  key(): string {
    return bs58.encode(this.take(32));
  }
}

/**
 * Takes a transaction apart, legacy or version 0. It refuses whatever Solana's own sanitizing would refuse: LiteSVM ends
 * the whole process on bytes that it cannot decode, so nothing may reach it that did not pass here.
 *
 * @throws TransactionFormatError saying what is wrong with the bytes
 */
export function parseTransaction(bytes: Uint8Array): WireTransaction {
  if (bytes.length > MAX_TRANSACTION_BYTES) {
    throw new TransactionFormatError(`too large: ${bytes.length} bytes (max: ${MAX_TRANSACTION_BYTES} bytes)`);
  }
  const reader = new Reader(bytes);
  const signatures = Array.from({ length: reader.length() }, () => bs58.encode(reader.take(64)));
  const messageFrom = reader.offset;
  const version = versionOf(reader);
  const requiredSignatures = reader.u8();
  const readonlySigned = reader.u8();
  const readonlyUnsigned = reader.u8();
  const staticKeys = Array.from({ length: reader.length() }, () => reader.key());
  const recentBlockhash = reader.key();
  const instructions = Array.from({ length: reader.length() }, () => ({
    programIdIndex: reader.u8(),
    accounts: Array.from(reader.take(reader.length())),
    data: reader.take(reader.length()),
  }));
  const lookups = version === 'legacy' ? [] : Array.from({ length: reader.length() }, () => ({
    table: reader.key(),
    writable: Array.from(reader.take(reader.length())),
    readonly: Array.from(reader.take(reader.length())),
  }));
  // What comes behind a transaction is not looked at, as on a real validator, and never reaches LiteSVM.
  const parsed: WireTransaction = {
    bytes: bytes.subarray(0, reader.offset), message: bytes.subarray(messageFrom, reader.offset), signatures, version, requiredSignatures, readonlySigned, readonlyUnsigned, staticKeys,
    recentBlockhash, instructions, lookups,
  };
  sanitize(parsed);
  return parsed;
}

function versionOf(reader: Reader): 'legacy' | 0 {
  const first = reader.bytes[reader.offset];
  if (first === undefined || first < 0x80) return 'legacy';
  reader.offset += 1;
  if ((first & 0x7f) !== 0) throw new TransactionFormatError(`transaction version ${first & 0x7f} is not supported`);
  return 0;
}

function sanitize(tx: WireTransaction): void {
  const bad = (what: string): never => {
    throw new TransactionFormatError(`invalid transaction: ${what}`);
  };
  const keys = tx.staticKeys.length;
  const total = keys + tx.lookups.reduce((sum, l) => sum + l.writable.length + l.readonly.length, 0);
  if (tx.signatures.length !== tx.requiredSignatures) bad('the number of signatures is not the one its header asks for');
  if (tx.requiredSignatures === 0) bad('nobody pays the fee');
  if (tx.readonlySigned >= tx.requiredSignatures) bad('the fee payer is not writable');
  if (tx.requiredSignatures + tx.readonlyUnsigned > keys) bad('its header counts more accounts than there are');
  if (total > 256) bad('more than 256 accounts');
  if (tx.lookups.some((l) => l.writable.length + l.readonly.length === 0)) bad('a lookup table is not used');
  for (const instruction of tx.instructions) {
    if (instruction.programIdIndex === 0 || instruction.programIdIndex >= keys) bad('a program index is out of range');
    if (instruction.accounts.some((index) => index >= total)) bad('an account index is out of range');
  }
}

/** Whether the header marks the account writable; `loadedWritable` is how many lookup tables add as such. */
export function isWritable(tx: WireTransaction, index: number, loadedWritable: number): boolean {
  if (index >= tx.staticKeys.length) return index < tx.staticKeys.length + loadedWritable;
  if (index < tx.requiredSignatures) return index < tx.requiredSignatures - tx.readonlySigned;
  return index < tx.staticKeys.length - tx.readonlyUnsigned;
}
