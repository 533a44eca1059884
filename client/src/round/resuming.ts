import { within } from '../p2p/deadline.js';
import { findMember, hasEpochVote, isPastWarmup, isTraining, type RunMember } from '../protocol/run-view.js';
import type { Collector } from './collecting.js';
import type { Context } from './context.js';
import type { Follower } from './following.js';
import { decodeKey } from './keys.js';
import type { RoundTrainer } from './training.js';

/** How long peers get to connect before the participant goes on without some of them, milliseconds. */
const CONNECT_MS = 5_000;

/**
 * This member's place, if it was in the running epoch before this process was: then it is to be taken up again. Who has
 * voted on the epoch's hash has done all there was to do.
 */
export function wasHereBefore({ view, model, identity }: Context): RunMember | undefined {
  if (!isPastWarmup(view) || model.epoch === view.epoch) return undefined;
  const me = findMember(view, identity.address);
  return me !== undefined && hasEpochVote(me) && !me.cooldownVoted ? me : undefined;
}

/**
 * A process that was restarted in the middle of an epoch: what it announced is announced again, the same bytes; what it
 * missed of the round under way is asked for; and with the parameters made again it goes on in the epoch. Where that cannot
 * be done it has kept its word all the same, and waits for the next epoch.
 */
export async function resume(context: Context, parts: { follower: Follower; trainer: RoundTrainer; collector: Collector }, me: RunMember, signal: AbortSignal): Promise<void> {
  const rejoined = rejoinRound(context, parts, me, signal);
  // The replay is waited for in any case: nothing else may touch the parameters before it is over.
  const [round] = await Promise.allSettled([rejoined, parts.follower.resume(signal)]);
  if (round.status === 'rejected') {
    signal.throwIfAborted();
    context.emit({ event: 'warning', code: 'ROUND_NOT_REJOINED', message: `what this node had announced in the round under way was not announced again: ${(round.reason as Error).message}` });
  }
}

async function rejoinRound(context: Context, { trainer, collector }: { trainer: RoundTrainer; collector: Collector }, me: RunMember, signal: AbortSignal): Promise<void> {
  const { epoch, round, members } = context.view;
  trainer.begin();
  trainer.restore(epoch, round, me.index);
  const others = members.filter((m) => m.state === 'Healthy').map((m) => decodeKey(m.key));
  await within(CONNECT_MS, signal, 'connecting', (limit) => context.p2p.waitForPeers(others, limit)).catch(() => signal.throwIfAborted());
  const { view } = context;
  if (!isTraining(view) || view.epoch !== epoch) return;
  // Also tells whether another process has signed in this key's name: before this one does.
  await collector.askPeers(epoch, view.round, () => false);
  if (view.round === round && me.state === 'Healthy') await trainer.repeat(epoch, round, me.index);
  context.wake();
}
