import { MAX_PROCESSING_AGE } from '../../ledger/blockhashes.js';
import { transactionFee } from '../../ledger/fees.js';
import { SLOTS_PER_EPOCH } from '../../ledger/sysvars.js';
import { parseTransaction, TransactionFormatError } from '../../ledger/wire.js';
import { type Methods, withContext } from '../context.js';
import { base64 } from '../decode-transaction.js';
import { invalidParams, RpcCode, RpcError } from '../errors.js';
import { settled } from '../params.js';
import { blockContentMethods } from './block-contents.js';

const MAX_BLOCKS = 500_000;
const MAX_FEE_ACCOUNTS = 128;

/** Slots, block heights (every slot has a block), their times, blockhashes and fees. */
export const blockMethods: Methods = {
  ...blockContentMethods,

  getSlot({ bank }, params) {
    const config = params.config(0);
    config.requireContextSlot(bank, config.commitment());
    return bank.slotAt(config.commitment());
  },

  getBlockHeight({ bank }, params) {
    const config = params.config(0);
    config.requireContextSlot(bank, config.commitment());
    return bank.slotAt(config.commitment());
  },

  getBlockTime({ bank }, params) {
    const slot = params.integer(0);
    const time = slot <= bank.slot ? bank.slots.timeOf(slot) : undefined;
    if (time === undefined) throw new RpcError(RpcCode.blockNotAvailable, `Block not available for slot ${slot}`);
    return time;
  },

  getBlocks({ bank }, params) {
    const start = params.integer(0);
    const hasEnd = typeof params.raw(1) === 'number';
    const newest = bank.slotAt(settled(params.config(hasEnd ? 2 : 1)));
    const end = Math.min(hasEnd ? params.integer(1) : newest, newest);
    if (end - start > MAX_BLOCKS) throw invalidParams(`Slot range too large; max ${MAX_BLOCKS}`);
    return range(start, end);
  },

  getBlocksWithLimit({ bank }, params) {
    const [start, limit] = [params.integer(0), params.integer(1)];
    if (limit > MAX_BLOCKS) throw invalidParams(`Limit too large; max ${MAX_BLOCKS}`);
    return range(start, Math.min(start + limit - 1, bank.slotAt(settled(params.config(2)))));
  },

  getFirstAvailableBlock: () => 0,
  minimumLedgerSlot: () => 0,

  getEpochInfo({ bank }, params) {
    const config = params.config(0);
    config.requireContextSlot(bank, config.commitment());
    const slot = bank.slotAt(config.commitment());
    return {
      absoluteSlot: slot, blockHeight: slot, epoch: Math.floor(slot / SLOTS_PER_EPOCH), slotIndex: slot % SLOTS_PER_EPOCH,
      slotsInEpoch: SLOTS_PER_EPOCH, transactionCount: bank.history.landed,
    };
  },

  getEpochSchedule: () => ({
    firstNormalEpoch: 0, firstNormalSlot: 0, leaderScheduleSlotOffset: SLOTS_PER_EPOCH, slotsPerEpoch: SLOTS_PER_EPOCH, warmup: false,
  }),

  getLatestBlockhash({ bank }, params) {
    const config = params.config(0);
    config.requireContextSlot(bank, config.commitment());
    return withContext(bank, config.commitment(), bank.latestBlockhash(config.commitment()));
  },

  isBlockhashValid({ bank }, params) {
    return withContext(bank, params.config(1).commitment(), bank.isBlockhashValid(params.address(0)));
  },

  getFeeForMessage({ bank }, params) {
    const message = base64(params.text(0));
    if (!message) throw invalidParams('invalid base64 encoding');
    const commitment = params.config(1).commitment();
    try {
      // A version comes first, if any, then the number of signatures that it needs.
      const signatures = (message[0] >= 0x80 ? message[1] : message[0]) ?? 0;
      const tx = parseTransaction(Buffer.concat([Buffer.of(signatures), Buffer.alloc(64 * signatures), message]));
      return withContext(bank, commitment, bank.isBlockhashValid(tx.recentBlockhash) ? transactionFee(tx) : null);
    } catch (error) {
      if (error instanceof TransactionFormatError) throw invalidParams(`failed to deserialize the message: ${error.message}`);
      throw error;
    }
  },

  /** Blocks are never full here, so no priority fee is ever needed. */
  getRecentPrioritizationFees({ bank }, params) {
    if (params.raw(0) !== undefined) params.addresses(0, MAX_FEE_ACCOUNTS);
    return range(Math.max(0, bank.slot - MAX_PROCESSING_AGE), bank.slot - 1).map((slot) => ({ prioritizationFee: 0, slot }));
  },
};

const range = (start: number, end: number): number[] => Array.from({ length: Math.max(0, end - start + 1) }, (_, i) => start + i);
