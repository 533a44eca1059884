import bs58 from 'bs58';
import { LAMPORTS_PER_SIGNATURE } from './fees.js';

/** What the SlotHashes sysvar can hold: the hashes of the last 512 slots. */
export const MAX_SLOT_HASHES = 512;
const SLOT_HASHES_BYTES = 8 + MAX_SLOT_HASHES * 40;

/** The epoch schedule of a local chain: no warm-up, as on solana-test-validator. */
export const SLOTS_PER_EPOCH = 432_000;

export interface ClockValues {
  readonly slot: number;
  /** Unix seconds. */
  readonly unixTimestamp: number;
  readonly epochStartTimestamp: number;
}

/** The Clock sysvar's bytes: slot, epoch start, epoch, leader schedule epoch, unix timestamp; 8 bytes each. */
export function encodeClock(clock: ClockValues): Buffer {
  const epoch = BigInt(Math.floor(clock.slot / SLOTS_PER_EPOCH));
  const data = Buffer.alloc(40);
  data.writeBigUInt64LE(BigInt(clock.slot), 0);
  data.writeBigInt64LE(BigInt(clock.epochStartTimestamp), 8);
  data.writeBigUInt64LE(epoch, 16);
  data.writeBigUInt64LE(epoch + 1n, 24);
  data.writeBigInt64LE(BigInt(clock.unixTimestamp), 32);
  return data;
}

/** The SlotHashes sysvar's bytes; `hashes` newest first. Its account always has room for all 512. */
export function encodeSlotHashes(hashes: readonly { slot: number; hash: Uint8Array }[]): Buffer {
  const data = Buffer.alloc(SLOT_HASHES_BYTES);
  data.writeBigUInt64LE(BigInt(hashes.length), 0);
  hashes.forEach(({ slot, hash }, i) => {
    data.writeBigUInt64LE(BigInt(slot), 8 + i * 40);
    data.set(hash, 16 + i * 40);
  });
  return data;
}

const RECENT_BLOCKHASHES = 150;

/** The RecentBlockhashes sysvar's bytes; `blockhashes` newest first. Its account always has room for all 150. */
export function encodeRecentBlockhashes(blockhashes: readonly Uint8Array[]): Buffer {
  const data = Buffer.alloc(8 + RECENT_BLOCKHASHES * 40);
  const count = Math.min(blockhashes.length, RECENT_BLOCKHASHES);
  data.writeBigUInt64LE(BigInt(count), 0);
  for (let i = 0; i < count; i++) {
    data.set(blockhashes[i], 8 + i * 40);
    data.writeBigUInt64LE(BigInt(LAMPORTS_PER_SIGNATURE), 40 + i * 40);
  }
  return data;
}

/** A hash as Solana writes it. */
export const hashText = (hash: Uint8Array): string => bs58.encode(hash);
