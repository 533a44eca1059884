import { CoordinatorClient } from '../../chain/index.js';
import { isZero, toHex } from '../../protocol/bytes.js';
import type { CheckpointDescriptor } from '../../training/checkpoint/index.js';
import { CheckpointError } from '../../training/errors.js';
import type { ChainFlags } from '../common/chain-options.js';
import { withChain } from '../common/open-chain.js';

/** What a run's members have agreed on, as the chain has it. */
export interface Agreed {
  /** The run's id, for messages, and its address. */
  id: string;
  run: string;
  epoch: number;
  /** The hash that the newest agreed epoch left; absent before the first. */
  root?: string;
  /** What a member has posted of it. */
  posted?: { location: string; root: string };
}

/** @param run its id or address. @throws ChainError */
export function agreedBy(run: string, flags: ChainFlags): Promise<Agreed> {
  return withChain(flags, async ({ chain }) => {
    const { runId, address, epoch, epochHash, checkpoint } = await (await CoordinatorClient.open(chain, run)).fetchRun();
    return {
      id: runId,
      run: address,
      epoch,
      ...(isZero(epochHash) ? {} : { root: toHex(epochHash) }),
      ...(checkpoint === undefined ? {} : { posted: { location: checkpoint.location, root: toHex(checkpoint.hash) } }),
    };
  });
}

/**
 * Refuses a checkpoint that is not what the run has agreed on last, or what was posted of it. Older ones may have been right
 * in their time: the chain keeps no hash of those.
 * @throws CheckpointError `CHECKPOINT_MISMATCH`
 */
export function isAgreed(descriptor: Pick<CheckpointDescriptor, 'root' | 'run' | 'step'>, agreed: Agreed): void {
  if (descriptor.run !== undefined && descriptor.run !== agreed.run) {
    throw new CheckpointError('CHECKPOINT_MISMATCH', `The checkpoint says to be of the run ${descriptor.run}; ${agreed.id} is ${agreed.run}. Name its own run.`);
  }
  if (descriptor.root === agreed.root || descriptor.root === agreed.posted?.root) return;
  const wanted = agreed.root ?? agreed.posted?.root;
  throw new CheckpointError(
    'CHECKPOINT_MISMATCH',
    wanted === undefined
      ? `The members of ${agreed.id} have not agreed on any parameters yet. Try again after its first epoch.`
      : `The members of ${agreed.id} have agreed on ${wanted}, this checkpoint has ${descriptor.root}: it is an older one, or none of theirs. Pull it with --run.`,
  );
}
