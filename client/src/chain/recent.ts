import type { Chain } from './chain.js';
import { ChainError } from './errors.js';
import { rpc } from './rpc.js';

/** A blockhash, and the slot of the bank that it was asked of. */
export interface Recent {
  blockhash: string;
  lastValidBlockHeight: number;
  slot: number;
}

/** Blocks after which a blockhash is too old. */
const LIFE = 150;
/** How far two answers may be apart: half a life, for nodes that are not all at the same block. */
const MOST_APART = LIFE / 2;

/**
 * The newest blockhash that most validators have voted for. A wrong slot would make all other nodes refuse what is built
 * on it, and a wrong height would keep that from ever expiring, or let it expire while it still can land: both have to
 * agree with what is said of the epoch at the same time.
 *
 * @throws ChainError `RPC_*`
 */
export async function latestBlockhash(chain: Chain, signal?: AbortSignal): Promise<Recent> {
  const { connection } = chain;
  const ask = () => Promise.all([connection.getLatestBlockhashAndContext('confirmed'), connection.getEpochInfo('confirmed')]);
  const [{ context, value }, { absoluteSlot, blockHeight }] = await rpc(chain.rpcUrl, ask, signal);
  const apart = [context.slot - absoluteSlot, blockHeight === undefined ? 0 : value.lastValidBlockHeight - LIFE - blockHeight];
  if (!apart.every((blocks) => Math.abs(blocks) <= MOST_APART)) {
    throw new ChainError('RPC_REFUSED', 'The Solana nodes do not agree on which block is the newest: it is asked again; if that stays so, use others with -u.');
  }
  return { ...value, slot: context.slot };
}
