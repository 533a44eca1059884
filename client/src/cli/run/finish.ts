import { CoordinatorClient } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { FINISH_AFTER_PAUSED, inDays, secondsLeft } from '../common/ending.js';
import { withChain } from '../common/open-chain.js';
import { print } from '../common/output.js';
import type { RunFlags } from './options.js';

/** Ends a run that is not going to go on. @throws PsycheError `NOT_FINISHABLE`; ChainError */
export function finish(run: string, flags: RunFlags): Promise<void> {
  return withChain(flags, async ({ chain, signal, keypair }) => {
    const client = await CoordinatorClient.open(chain, run, await keypair());
    const view = await client.fetchRun();
    const { state, runId } = view;
    if (state === 'Finished') {
      throw new PsycheError(
        'NOT_FINISHABLE',
        `${runId} is finished already: \`psyche-client run close ${runId}\` closes what is left of it.`,
      );
    }
    if (state !== 'Uninitialized' && state !== 'Paused') {
      throw new PsycheError(
        'NOT_FINISHABLE',
        `${runId} is in ${state}: a run that was opened can be finished after 30 days of pause; \`psyche-client run pause ${runId}\` begins it.`,
      );
    }
    const left = state === 'Paused' ? secondsLeft(view, await chain.slot(), FINISH_AFTER_PAUSED) : 0;
    if (left > 0) throw new PsycheError('NOT_FINISHABLE', `${runId} can be finished after 30 days of pause, that is ${inDays(left)}.`);
    const { signature } = await client.finish({ signal });
    print(
      flags.output,
      `${runId} is finished. Its members can take what is theirs; \`psyche-client run close ${runId}\` then closes what is left.`,
      { signature, state: 'Finished' },
    );
  });
}
