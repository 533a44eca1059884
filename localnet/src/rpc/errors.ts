import { PsycheError } from '../../../client/src/errors.js';

/** JSON-RPC's own codes and those of Solana's RPC (agave's `rpc-client-api/src/custom_error.rs`). */
export const RpcCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  preflightFailure: -32002,
  blockNotAvailable: -32004,
  nodeUnhealthy: -32005,
  slotSkipped: -32007,
  noSnapshot: -32008,
  unsupportedTransactionVersion: -32015,
  minContextSlotNotReached: -32016,
  transactionNotFound: -32020,
  /** As the public RPC nodes have it. */
  tooManyRequests: 429,
} as const;

/** What the client gets as `error`. */
export class RpcError extends PsycheError {
  constructor(readonly rpcCode: number, message: string, readonly data?: unknown) {
    super(`RPC_${Math.abs(rpcCode)}`, message);
  }
}

export const invalidParams = (message: string): RpcError => new RpcError(RpcCode.invalidParams, message);
