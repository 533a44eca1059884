import type { Idl } from '@coral-xyz/anchor';
import bs58 from 'bs58';
import { ChainError } from './errors.js';

/**
 * Reads zero-copy accounts at the offsets their interface description implies: fields back to back, little-endian, no
 * lengths inside (`bytemuck`'s types have no padding but what is declared). A Run of 40 kB decodes in a
 * millisecond or so, since only what is asked for is read: unused places of its arrays are not.
 */

type IdlType = unknown;
interface IdlField {
  name: string;
  type: IdlType;
}

/** A value as read: numbers up to 32 bits, bigint beyond, base58 for addresses, bytes for `[u8; n]`. */
export type Value = number | bigint | boolean | string | Uint8Array | Value[] | { [name: string]: Value };

const NUMBERS: Record<string, { size: number; read: (v: DataView, at: number) => Value }> = {
  bool: { size: 1, read: (v, at) => v.getUint8(at) !== 0 },
  u8: { size: 1, read: (v, at) => v.getUint8(at) },
  u16: { size: 2, read: (v, at) => v.getUint16(at, true) },
  u32: { size: 4, read: (v, at) => v.getUint32(at, true) },
  i32: { size: 4, read: (v, at) => v.getInt32(at, true) },
  f32: { size: 4, read: (v, at) => v.getFloat32(at, true) },
  u64: { size: 8, read: (v, at) => v.getBigUint64(at, true) },
  i64: { size: 8, read: (v, at) => v.getBigInt64(at, true) },
  u128: { size: 16, read: (v, at) => v.getBigUint64(at, true) | (v.getBigUint64(at + 8, true) << 64n) },
};

/** The layout of one type. */
export interface Layout {
  readonly size: number;
  /** @param at offset in bytes. */
  read(view: DataView, at: number): Value;
  /** Of a struct: where each field begins and how it is laid out. */
  readonly fields?: ReadonlyMap<string, { offset: number; layout: Layout }>;
  /** Of an array. */
  readonly item?: Layout;
}

/** The layout of the named type of an interface description. @throws ChainError `ACCOUNT_INVALID` for types of no fixed size. */
export function layoutOf(idl: Idl, name: string): Layout {
  return typeLayout(idl, { defined: { name } });
}

function typeLayout(idl: Idl, type: IdlType): Layout {
  if (type === 'pubkey') {
    return { size: 32, read: (v, at) => base58(bytesAt(v, at, 32)) };
  }
  if (typeof type === 'string' && Object.hasOwn(NUMBERS, type)) return NUMBERS[type];
  const { array, defined } = type as { array?: [IdlType, number]; defined?: { name: string } };
  if (array) return arrayLayout(idl, array[0], array[1]);
  if (defined) {
    const found = idl.types?.find((t) => t.name.toLowerCase() === defined.name.toLowerCase());
    if (found?.type.kind === 'struct') return structLayout(idl, (found.type.fields ?? []) as IdlField[]);
  }
  throw new ChainError('ACCOUNT_INVALID', `The interface description has a type of no fixed size: ${JSON.stringify(type)}.`);
}

function arrayLayout(idl: Idl, itemType: IdlType, length: number): Layout {
  if (itemType === 'u8') return { size: length, read: (v, at) => bytesAt(v, at, length).slice() };
  const item = typeLayout(idl, itemType);
  return {
    size: item.size * length,
    item,
    read: (v, at) => Array.from({ length }, (_, i) => item.read(v, at + i * item.size)),
  };
}

function structLayout(idl: Idl, idlFields: IdlField[]): Layout {
  const fields = new Map<string, { offset: number; layout: Layout }>();
  let size = 0;
  for (const field of idlFields) {
    const layout = typeLayout(idl, field.type);
    fields.set(camelCase(field.name), { offset: size, layout });
    size += layout.size;
  }
  return {
    size,
    fields,
    read: (v, at) => Object.fromEntries([...fields].map(([name, f]) => [name, f.layout.read(v, at + f.offset)])),
  };
}

/** The same few hundred addresses come again with every change of a run, and base58 is slow. */
const addresses = new Map<string, string>();
const ADDRESSES_MAX = 4096;

function base58(bytes: Uint8Array): string {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  let address = addresses.get(key);
  if (address === undefined) {
    if (addresses.size === ADDRESSES_MAX) addresses.clear();
    addresses.set(key, (address = bs58.encode(bytes)));
  }
  return address;
}

const bytesAt = (view: DataView, at: number, length: number): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset + at, length);

export const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
