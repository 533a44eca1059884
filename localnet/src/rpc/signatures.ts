import type { Bank } from '../ledger/bank.js';
import type { Commitment } from '../ledger/bank-types.js';
import type { TransactionRecord } from '../ledger/history.js';
import type { TransactionErrorJson } from '../ledger/transaction-error.js';
import { asSignature } from './params.js';

/** How far a transaction is, as getSignatureStatuses tells it. */
export interface SignatureStatus {
  readonly confirmationStatus: Commitment;
  /** Slots built on its own; `null` once it is final. */
  readonly confirmations: number | null;
  readonly err: TransactionErrorJson | null;
  readonly slot: number;
  readonly status: { readonly Ok: null } | { readonly Err: TransactionErrorJson };
}

export function statusOf(bank: Bank, { err, slot }: TransactionRecord): SignatureStatus {
  const confirmationStatus = slot <= bank.slotAt('finalized') ? 'finalized'
    : slot <= bank.slotAt('confirmed') ? 'confirmed' : 'processed';
  return {
    confirmationStatus, confirmations: confirmationStatus === 'finalized' ? null : bank.slot - slot, err, slot,
    status: err ? { Err: err } : { Ok: null },
  };
}

export const signatureList = (list: readonly unknown[]): string[] => list.map(asSignature);
