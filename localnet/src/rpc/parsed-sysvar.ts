import bs58 from 'bs58';
import type { AccountState } from '../ledger/account.js';
import {
  SYSVAR_CLOCK, SYSVAR_EPOCH_REWARDS, SYSVAR_EPOCH_SCHEDULE, SYSVAR_LAST_RESTART_SLOT, SYSVAR_RECENT_BLOCKHASHES, SYSVAR_RENT,
  SYSVAR_SLOT_HASHES, SYSVAR_SLOT_HISTORY, SYSVAR_STAKE_HISTORY,
} from '../ledger/addresses.js';
import type { ParsedData } from './parsed-account.js';

/** The parsed form of a sysvar; `null` for other accounts. */
export function parsedSysvar(address: string, account: AccountState): ParsedData | null {
  const { data } = account;
  const parsed = (type: string, info: object): ParsedData => ({ program: 'sysvar', parsed: { info, type }, space: data.length });
  if (address === SYSVAR_CLOCK) {
    return parsed('clock', {
      epoch: Number(data.readBigUInt64LE(16)), epochStartTimestamp: Number(data.readBigInt64LE(8)),
      leaderScheduleEpoch: Number(data.readBigUInt64LE(24)), slot: Number(data.readBigUInt64LE(0)),
      unixTimestamp: Number(data.readBigInt64LE(32)),
    });
  }
  if (address === SYSVAR_SLOT_HASHES) {
    const count = Number(data.readBigUInt64LE(0));
    return parsed('slotHashes', Array.from({ length: count }, (_, i) => ({
      hash: bs58.encode(data.subarray(16 + 40 * i, 48 + 40 * i)), slot: Number(data.readBigUInt64LE(8 + 40 * i)),
    })));
  }
  if (address === SYSVAR_RENT) return parsed('rent', { lamportsPerByte: data.readBigUInt64LE(0).toString() });
  if (address === SYSVAR_EPOCH_SCHEDULE) {
    return parsed('epochSchedule', {
      firstNormalEpoch: Number(data.readBigUInt64LE(17)), firstNormalSlot: Number(data.readBigUInt64LE(25)),
      leaderScheduleSlotOffset: Number(data.readBigUInt64LE(8)), slotsPerEpoch: Number(data.readBigUInt64LE(0)), warmup: data[16] === 1,
    });
  }
  if (address === SYSVAR_LAST_RESTART_SLOT) return parsed('lastRestartSlot', { lastRestartSlot: data.readBigUInt64LE(0) });
  if (address === SYSVAR_EPOCH_REWARDS) {
    const wide = (at: number): bigint => data.readBigUInt64LE(at) + (data.readBigUInt64LE(at + 8) << 64n);
    return parsed('epochRewards', {
      distributionStartingBlockHeight: data.readBigUInt64LE(0), numPartitions: data.readBigUInt64LE(8),
      parentBlockhash: bs58.encode(data.subarray(16, 48)), totalPoints: wide(48).toString(),
      totalRewards: data.readBigUInt64LE(64).toString(), distributedRewards: data.readBigUInt64LE(72).toString(), active: data[80] === 1,
    });
  }
  if (address === SYSVAR_RECENT_BLOCKHASHES) {
    return parsed('recentBlockhashes', list(data, 40, (at) => ({
      blockhash: bs58.encode(data.subarray(at, at + 32)), feeCalculator: { lamportsPerSignature: data.readBigUInt64LE(at + 32).toString() },
    })));
  }
  if (address === SYSVAR_STAKE_HISTORY) {
    return parsed('stakeHistory', list(data, 32, (at) => ({
      epoch: data.readBigUInt64LE(at), stakeHistory: {
        effective: data.readBigUInt64LE(at + 8), activating: data.readBigUInt64LE(at + 16), deactivating: data.readBigUInt64LE(at + 24),
      },
    })));
  }
  if (address === SYSVAR_SLOT_HISTORY && data.length > HISTORY_BITS + HISTORY_BYTES) {
    // Bits are numbered from the lowest one of the first byte.
    const bits = Array.from(data.subarray(HISTORY_BITS, HISTORY_BITS + HISTORY_BYTES), (byte) => REVERSED[byte]).join('');
    return parsed('slotHistory', { bits, nextSlot: data.readBigUInt64LE(data.length - 8) });
  }
  return null;
}

/** The bits of SlotHistory come behind an option's byte and a u64 of their words. */
const HISTORY_BITS = 9;
const HISTORY_BYTES = (1024 * 1024) / 8;
const REVERSED = Array.from({ length: 256 }, (_, byte) => [...byte.toString(2).padStart(8, '0')].reverse().join(''));

/** Entries of a fixed size behind a u64 of their number. */
function list<T>(data: Buffer, size: number, entry: (at: number) => T): T[] {
  const count = Math.min(Number(data.readBigUInt64LE(0)), Math.floor((data.length - 8) / size));
  return Array.from({ length: count }, (_, i) => entry(8 + size * i));
}
