import bs58 from 'bs58';
import type { AccountState } from '../ledger/account.js';
import { SYSVAR_CLOCK, SYSVAR_EPOCH_SCHEDULE, SYSVAR_RENT, SYSVAR_SLOT_HASHES } from '../ledger/addresses.js';
import type { ParsedData } from './parsed-account.js';

/** The parsed form of the sysvars that programs use today; others are given as base64. */
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
  return null;
}
