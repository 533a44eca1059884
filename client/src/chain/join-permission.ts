import { PublicKey } from '@solana/web3.js';
import type { RunView } from '../protocol/run-view.js';
import { AuthorizerClient } from './authorizer.js';
import type { Chain } from './chain.js';
import { ChainError } from './errors.js';

/**
 * The authorization to be handed to `join_run`: undefined for a run that anyone may join.
 *
 * @throws ChainError `NOT_AUTHORIZED` where the run has a join authority that lets this node not join (any more), `RPC_*`
 */
export async function joinPermission(chain: Chain, run: Pick<RunView, 'address' | 'runId' | 'joinAuthority'>, node: PublicKey): Promise<PublicKey | undefined> {
  if (run.joinAuthority === undefined) return undefined;
  const found = await new AuthorizerClient(chain).toJoin(new PublicKey(run.address), new PublicKey(run.joinAuthority), node);
  if (found) return found;
  throw new ChainError(
    'NOT_AUTHORIZED',
    `The run ${run.runId} is permissioned by ${run.joinAuthority}, which has not authorized the node key ${node.toBase58()} (or has suspended it). ` +
      `Ask for it: \`psyche-client authorization grant ${node.toBase58()} --run ${run.runId}\`, signed by ${run.joinAuthority}.`,
  );
}
