import { isTraining } from '../protocol/run-view.js';
import type { Collector } from './collecting.js';
import { type Context, myself } from './context.js';
import type { Duties } from './duties.js';

/** The least time between two looks, milliseconds, and the parts of a state's time after which a witness looks again. */
const LEAST_MS = 3_000;
const LOOKS = 8;

/**
 * A witness that is still short of something asks some of its peers what they know of the round: gossip reaches those who
 * are connected, and who was not, or was restarted, would else wait for the round's deadline (protocol 3.2). Others
 * each time, and seldom: trainers that are merely slow look the same.
 */
export function askForMissed(context: Context, collector: Pick<Collector, 'askPeers'>, duties: Duties): void {
  const { view, clock } = context;
  const me = myself(context);
  if (!isTraining(view) || !view.seedPinned || me?.state !== 'Healthy') return;
  const position = view.witnesses.indexOf(me.index);
  if (position < 0 || view.decided || view.votes[position]?.voted === true) return;
  const { maxRoundTrainSlots, roundWitnessSlots, slotMs } = view.config;
  const pause = Math.ceil(Math.max(LEAST_MS / slotMs, (view.state === 'RoundTrain' ? maxRoundTrainSlots : roundWitnessSlots) / LOOKS));
  const looks = Math.floor((clock.current() - Number(view.stateStartSlot)) / pause);
  if (looks < 1) return;
  let asked = 0;
  // One handful of peers.
  duties.start('missed', `${view.epoch}/${view.round}/${view.state}/${looks}`, (signal) => (signal.throwIfAborted(), collector.askPeers(view.epoch, view.round, () => asked++ > 0)));
}
