import type { Bank } from '../../ledger/bank.js';
import type { TransactionRecord } from '../../ledger/history.js';
import type { Methods } from '../context.js';
import { invalidParams, RpcCode, RpcError } from '../errors.js';
import { settled } from '../params.js';
import { encodeAccountsOnly, encodeTransaction, transactionEncoding, type TransactionEncoding } from '../transaction-encoding.js';

const DETAILS = ['full', 'signatures', 'none', 'accounts'] as const;
type Details = (typeof DETAILS)[number];
/** A vote's commitment is counted for so many blocks; the last entry is for those that are rooted. */
const MAX_LOCKOUT_HISTORY = 31;
/** The one node's say counts as this much. */
const TOTAL_STAKE = 1_000_000_000;

/** Blocks with what is in them. */
export const blockContentMethods: Methods = {
  getBlock({ bank }, params) {
    const slot = params.integer(0);
    const { config, encoding } = transactionEncoding(params, 1);
    const commitment = settled(config);
    const details = config.choice('transactionDetails', DETAILS) ?? 'full';
    if (slot > bank.slotAt(commitment)) throw new RpcError(RpcCode.blockNotAvailable, `Block not available for slot ${slot}`);
    const block = bank.slots.block(slot);
    if (!block) {
      throw new RpcError(RpcCode.slotSkipped, `Slot ${slot} was skipped, or missing due to ledger jump to recent snapshot`);
    }
    const rewards = config.value.rewards === undefined || config.value.rewards === null || config.flag('rewards');
    const version = config.integer('maxSupportedTransactionVersion');
    return {
      blockHeight: slot, blockTime: block.time, blockhash: block.blockhash, parentSlot: Math.max(0, slot - 1),
      previousBlockhash: block.previous, ...(rewards && { rewards: [] }), ...contents(bank.history.in(slot), { details, encoding, rewards, version }),
    };
  },

  getBlockCommitment({ bank }, params) {
    const slot = params.integer(0);
    const commitment = slot > bank.slot ? null : Array.from({ length: MAX_LOCKOUT_HISTORY + 1 }, (_, depth) => {
      return depth === Math.min(bank.slot - slot, MAX_LOCKOUT_HISTORY) ? TOTAL_STAKE : 0;
    });
    return { commitment, totalStake: TOTAL_STAKE };
  },
};

interface Wanted {
  readonly details: Details;
  readonly encoding: TransactionEncoding;
  readonly rewards: boolean;
  readonly version: number | undefined;
}

function contents(records: readonly TransactionRecord[], { details, encoding, rewards, version }: Wanted): object {
  switch (details) {
    case 'none': return {};
    case 'signatures': return { signatures: records.map(({ signature }) => signature) };
    case 'accounts':
      if (encoding !== 'json' && encoding !== 'jsonParsed') throw invalidParams('Encoding not supported with transactionDetails accounts');
      return { transactions: records.map((record) => encodeAccountsOnly(record, version)) };
    case 'full':
      return { transactions: records.map((record) => encodeTransaction(record, encoding, version, rewards ? [] : null)) };
  }
}
