import { type CoordinatorClient, SETTLE_AT_ONCE } from '../../chain/index.js';
import type { RunView } from '../../protocol/run-view.js';

/** Seconds of pause after which a run can be finished, and after its end from which anyone can close a member's account. */
export const FINISH_AFTER_PAUSED = 30 * 86_400;
export const CLOSE_AFTER_FINISHED = 90 * 86_400;

/** A slot as the program counts these waits, whatever the run's settings say. */
const SLOT_SECONDS = 0.4;

/** Seconds until the run's state has lasted so long; 0 when it has. @param slot where the cluster is */
export function secondsLeft(run: RunView, slot: number, seconds: number): number {
  const passed = (slot - Number(run.stateStartSlot)) * SLOT_SECONDS;
  return Math.max(0, seconds - passed);
}

export const inDays = (seconds: number): string => {
  const days = Math.ceil(seconds / 86_400);
  return days === 1 ? 'within a day' : `in ${days} days`;
};

/** Settles deposits that a Warmup which failed has left forfeit: until then those members' accounts can't be closed. */
export async function settleForfeits(client: CoordinatorClient, run: RunView, signal: AbortSignal): Promise<void> {
  const open = run.members.filter((m) => m.forfeited && !m.settled);
  for (let i = 0; i < open.length; i += SETTLE_AT_ONCE) await client.settle({ epoch: run.epoch, members: open.slice(i, i + SETTLE_AT_ONCE) }, { signal });
}
