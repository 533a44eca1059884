import type { Chain } from './chain.js';
import { ChainError, isTransient } from './errors.js';
import { chainErrorOf } from './failure.js';
import type { Recent } from './recent.js';
import { rpc, rpcError } from './rpc.js';
import { isBroken, isProcessed, isRefusal, type RpcFault } from './rpc-fault.js';
import type { Built } from './transaction.js';

/** Hands a transaction to a node that checks it first. Undefined once one took it. @returns what may pass. @throws ChainError what will not */
export async function offer(chain: Chain, built: Built, recent: Recent, signal?: AbortSignal): Promise<ChainError | undefined> {
  try {
    const fault = await rpc(chain.rpcUrl, () => chain.offer(built.bytes, recent.slot), signal);
    if (fault !== undefined) refuse(chain, built, fault);
    return undefined;
  } catch (error) {
    if (isTransient(error)) return error as ChainError;
    throw error;
  }
}

/** @throws ChainError unless the node has it already */
function refuse(chain: Chain, built: Built, fault: RpcFault): void {
  const { message } = fault;
  const cause = new Error(message);
  if (isBroken(fault)) throw new ChainError('RPC_REFUSED', `No node can take this now: ${message}. Wait, or use another with -u.`, { cause });
  if (!isRefusal(fault)) throw rpcError(chain.rpcUrl, cause);
  if (isProcessed(message)) return;
  // What a node calls logs may be anything.
  const { logs } = (fault.data ?? {}) as { logs?: unknown };
  const lines = Array.isArray(logs) ? logs.filter((line) => typeof line === 'string') : [];
  throw chainErrorOf({ programs: chain.programs, instructionPrograms: built.programs, logs: lines, message, cause });
}
