import { isProgramError, type CoordinatorClient } from '../../chain/index.js';
import { isPastWarmup, type RunView } from '../../protocol/run-view.js';

/**
 * How a demo ends after a number of epochs rather than of steps: how many steps fit an epoch depends on the machine,
 * and `pause` takes effect when the epoch under way is over.
 * @returns to be called with every new version of the run; asks for the pause once, in the last epoch.
 */
export function pauseAfter(
  coordinator: CoordinatorClient,
  epochs: number,
  signal: AbortSignal,
  note: (message: string) => void,
): (run: RunView) => void {
  let asking = false;
  return (run) => {
    // In Warmup the epoch may still fall back to waiting, where a pause would come at once.
    if (asking || run.pauseRequested || run.epoch + 1 < epochs || !isPastWarmup(run)) return;
    asking = true;
    coordinator.pause({ signal }).catch((error: unknown) => {
      asking = false; // tried again at the next change of the run
      if (!signal.aborted && !isProgramError(error, 'WrongState')) note(`the run could not be paused yet: ${(error as Error).message}`);
    });
  };
}
