import bs58 from 'bs58';
import type { ParsedData } from './parsed-account.js';

const key = (data: Buffer, offset: number): string => bs58.encode(data.subarray(offset, offset + 32));
/** An option of bincode: a byte, then the key. */
const optionalKey = (data: Buffer, offset: number): string | null => (data[offset] === 1 ? key(data, offset + 1) : null);
const base64 = (data: Buffer): [string, 'base64'] => [data.toString('base64'), 'base64'];

/** u32 tag, Option<Pubkey> authority, whose room is there even if it is none; then the code. */
const BUFFER_HEADER = 37;
/** u32 tag, u64 slot, Option<Pubkey> authority; then the code. */
const PROGRAM_DATA_HEADER = 45;

/** A program, its code or a buffer of the upgradeable loader. */
export function parsedLoaderAccount(data: Buffer): ParsedData | null {
  const parsed = (type: string, info: object): ParsedData => ({
    program: 'bpf-upgradeable-loader', parsed: { info, type }, space: data.length,
  });
  switch (data.length >= 4 ? data.readUInt32LE(0) : -1) {
    case 0:
      return { program: 'bpf-upgradeable-loader', parsed: { type: 'uninitialized' }, space: data.length };
    case 1:
      return data.length < BUFFER_HEADER ? null : parsed('buffer', { authority: optionalKey(data, 4), data: base64(data.subarray(BUFFER_HEADER)) });
    case 2:
      return data.length < 36 ? null : parsed('program', { programData: key(data, 4) });
    case 3:
      return data.length < PROGRAM_DATA_HEADER ? null : parsed('programData', {
        authority: optionalKey(data, 12), data: base64(data.subarray(PROGRAM_DATA_HEADER)), slot: data.readBigUInt64LE(4),
      });
    default:
      return null;
  }
}

const TABLE_HEADER = 56;

/** An address lookup table. */
export function parsedLookupTable(data: Buffer): ParsedData | null {
  if (data.length < TABLE_HEADER) return data.length >= 4 && data.readUInt32LE(0) === 0 ? uninitializedTable(data) : null;
  if (data.readUInt32LE(0) === 0) return uninitializedTable(data);
  const authority = optionalKey(data, 21);
  const info = {
    addresses: Array.from({ length: (data.length - TABLE_HEADER) >> 5 }, (_, i) => key(data, TABLE_HEADER + 32 * i)),
    ...(authority && { authority }), deactivationSlot: data.readBigUInt64LE(4).toString(),
    lastExtendedSlot: data.readBigUInt64LE(12).toString(), lastExtendedSlotStartIndex: data[20],
  };
  return { program: 'address-lookup-table', parsed: { info, type: 'lookupTable' }, space: data.length };
}

function uninitializedTable(data: Buffer): ParsedData {
  return { program: 'address-lookup-table', parsed: { type: 'uninitialized' }, space: data.length };
}
