import bs58 from 'bs58';
import { uiAmount } from '../ledger/token-balances.js';

/** How a field of an instruction is written; all little-endian. */
export type FieldKind =
  | 'u8' | 'u16' | 'i16' | 'u32' | 'u64' | 'key'
  /** u64, shown as text. */
  | 'amount'
  /** u64 and the u8 of decimals, shown with its decimal point. */
  | 'tokenAmount'
  /** A key behind a byte that says whether it is there: left out, or null, where it is not. */
  | 'key?' | 'key|null'
  /** A key of which 32 zeros mean that there is none: left out. */
  | 'zero?'
  /** Text, or bytes shown in base64, behind a u64 of its length. */
  | 'text' | 'bytes'
  /** Keys behind a u64 of their number. */
  | 'keys';

/** An instruction: what its accounts are called, and the fields of its data. */
export interface Layout {
  readonly type: string;
  readonly accounts: readonly string[];
  /** Accounts that may be left out; shown as null then, or not at all. */
  readonly optional?: { readonly names: readonly string[]; readonly missing: 'null' | 'left out' };
  readonly fields?: readonly (readonly [name: string, kind: FieldKind])[];
  /** Who signs comes last: one key, or a multisig account and its signers. */
  readonly signer?: readonly [single: string, multisig: string];
  /** All accounts behind the named ones, at least one. */
  readonly rest?: string;
}

export type Parsed = { readonly type: string; readonly info: Record<string, unknown> };

/** Reads an instruction of a known layout, `data` without its tag; `null` if accounts or bytes are missing. */
export function readLayout(layout: Layout, accounts: readonly string[], data: Buffer): Parsed | null {
  const named = layout.accounts.length;
  if (accounts.length < named + (layout.signer || layout.rest ? 1 : 0)) return null;
  const info: Record<string, unknown> = {};
  layout.accounts.forEach((name, i) => (info[name] = accounts[i]));
  layout.optional?.names.forEach((name, i) => {
    const account = accounts[named + i];
    if (account !== undefined || layout.optional?.missing === 'null') info[name] = account ?? null;
  });
  if (layout.rest) info[layout.rest] = accounts.slice(named);
  if (layout.signer) Object.assign(info, signers(layout.signer, accounts.slice(named)));
  try {
    const reader = new FieldReader(data);
    for (const [name, kind] of layout.fields ?? []) {
      const value = reader.read(kind);
      if (value !== undefined) info[name] = value;
    }
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return { type: layout.type, info };
}

export function signers([single, multisig]: readonly [string, string], [first, ...more]: readonly string[]): Record<string, unknown> {
  return more.length > 0 ? { [multisig]: first, signers: more } : { [single]: first };
}

/** Reads fields one after another. @throws RangeError where the bytes end */
export class FieldReader {
  offset = 0;
  constructor(readonly data: Buffer) {}

  read(kind: FieldKind): unknown {
    switch (kind) {
      case 'u8': return this.#take(1).readUInt8();
      case 'u16': return this.#take(2).readUInt16LE();
      case 'i16': return this.#take(2).readInt16LE();
      case 'u32': return this.#take(4).readUInt32LE();
      case 'u64': return this.#take(8).readBigUInt64LE();
      case 'key': return bs58.encode(this.#take(32));
      case 'amount': return this.#take(8).readBigUInt64LE().toString();
      case 'tokenAmount': return uiAmount(this.#take(8).readBigUInt64LE(), this.#take(1).readUInt8());
      case 'key?': return this.#take(1)[0] === 1 ? bs58.encode(this.#take(32)) : undefined;
      case 'key|null': return this.#take(1)[0] === 1 ? bs58.encode(this.#take(32)) : null;
      case 'zero?': return zeroKey(this.#take(32)) ?? undefined;
      case 'text': return this.#take(this.#length()).toString('utf8');
      case 'bytes': return this.#take(this.#length()).toString('base64');
      case 'keys': return Array.from({ length: this.#length() }, () => bs58.encode(this.#take(32)));
    }
  }

  #length(): number {
    return Number(this.#take(8).readBigUInt64LE());
  }

  #take(bytes: number): Buffer {
    if (this.offset + bytes > this.data.length) throw new RangeError('the data end too early');
    return this.data.subarray(this.offset, (this.offset += bytes));
  }
}

/** A key, or `null` for 32 zeros. */
export const zeroKey = (bytes: Buffer): string | null => (bytes.every((b) => b === 0) ? null : bs58.encode(bytes));
