import type { Bank } from '../ledger/bank.js';
import type { Commitment } from '../ledger/bank-types.js';
import type { Params } from './params.js';

/** The Agave release whose behaviour this validator follows, as `getVersion` and `apiVersion` tell it. */
export const API_VERSION = '4.2.2';

/** What the methods work on. */
export interface RpcContext {
  readonly bank: Bank;
  /** Base58 address of this validator's identity. */
  readonly identity: string;
  /** `host:port` of the RPC and of the PubSub service. */
  readonly endpoints: { readonly rpc: string; readonly pubsub: string };
  /** Whether airdrops are given. */
  readonly faucet: boolean;
}

export type Method = (context: RpcContext, params: Params) => unknown;
export type Methods = Record<string, Method>;

/** A value with the slot it was true in, as most of Solana's methods answer. */
export function withContext(bank: Bank, commitment: Commitment, value: unknown): object {
  return { context: { apiVersion: API_VERSION, slot: bank.slotAt(commitment) }, value };
}
