import bs58 from 'bs58';

const decoded = new Map<string, Uint8Array>();
/** Members are at most a few hundred; the bound keeps a long life of many runs small. */
const REMEMBERED = 4096;

/** A base58 public key's 32 bytes, remembered because every message of a member needs them. */
export function decodeKey(address: string): Uint8Array {
  let key = decoded.get(address);
  if (key === undefined) {
    key = bs58.decode(address);
    if (decoded.size >= REMEMBERED) decoded.clear();
    decoded.set(address, key);
  }
  return key;
}

/** The other way. */
export const encodeKey = (key: Uint8Array): string => bs58.encode(key);
