import { type CoordinatorClient, isProgramError, SETTLE_AT_ONCE } from '../chain/index.js';
import { hasBit, isClosed, isPastWarmup } from '../protocol/run-view.js';
import { type Context, type Place, patience } from './context.js';
import type { Duties } from './duties.js';
import { tickDue } from './tick-due.js';

/** What of a participant these need. */
export type Pace = Place & Pick<Context, 'clock'> & { readonly chain: Pick<CoordinatorClient, 'pinSeed' | 'tick' | 'healthCheck' | 'settle'> };

/**
 * The transactions that anybody may send and that keep the run going: pinning seeds, ticking, settling, dropping those
 * who are gone. One is enough, so each participant waits its turn in seed order before it sends one.
 */
export function keepPace(context: Pace, duties: Duties): void {
  pinSeed(context, duties);
  tick(context, duties);
  dropAbsent(context, duties);
  settle(context, duties);
}

/** Program errors that mean that somebody else was faster, or that it was too early: nothing to report. */
const HARMLESS = [
  ...['TooEarly', 'WrongState', 'WrongEpoch', 'WrongRound', 'SeedNotPinned', 'SeedAlreadyPinned', 'SeedTooEarly'],
  ...['AlreadySettled', 'AlreadyWarm', 'NotHealthy', 'MemberIsHealthy', 'RoundNotKept', 'HashNotAgreed', 'AlreadyConvicted'],
];

/** Sends where being second is normal; resolves to false if it should be looked at again. */
export async function orSomebodyElse(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (isProgramError(error, ...HARMLESS)) return false;
    throw error;
  }
}

function pinSeed(context: Pace, duties: Duties): void {
  const { view, clock } = context;
  if (view.seedPinned || !['Warmup', 'RoundTrain'].includes(view.state)) return;
  // The hash of a slot is in SlotHashes from the next slot on.
  if (clock.current() < Number(view.seedSlot) + 1 + patience(context)) return;
  duties.start('pin', `${view.epoch}/${view.round}/${view.seedSlot}`, (signal) => orSomebodyElse(() => context.chain.pinSeed({ signal })));
}

function tick(context: Pace, duties: Duties): void {
  const { view, clock } = context;
  const due = tickDue(view);
  if (due === undefined || clock.current() < due + patience(context)) return;
  duties.start('tick', `${view.epoch}/${view.round}/${view.state}/${view.stateStartSlot}`, (signal) => orSomebodyElse(() => context.chain.tick({ signal })));
}

/** Whoever is missing from a decided list, or was silent as a witness to the deadline, is dropped (protocol 2, Health). */
function dropAbsent(context: Pace, duties: Duties): void {
  const { view } = context;
  if (!isPastWarmup(view)) return;
  for (const record of view.rounds) {
    if (!isClosed(record) || record.epoch !== view.epoch) continue;
    const absent = view.members.find((member) => {
      if (member.state !== 'Healthy') return false;
      const missing = record.status === 'Decided' && hasBit(record.trainers, member.index) && !hasBit(record.bitmap, member.index);
      const position = record.witnesses.indexOf(member.index);
      const silent = record.closedAtDeadline && position >= 0 && !record.voted[position] && record.voted.includes(true);
      return missing || silent;
    });
    if (absent === undefined || context.clock.current() < Number(view.stateStartSlot) + patience(context)) continue;
    duties.start('drop', `${record.epoch}/${record.round}/${absent.index}`, (signal) =>
      orSomebodyElse(() => context.chain.healthCheck({ epoch: record.epoch, round: record.round, memberIndex: absent.index }, { signal })),
    );
    return;
  }
}

function settle(context: Pace, duties: Duties): void {
  const { view, clock } = context;
  if (view.state !== 'Cooldown' && view.state !== 'WaitingForMembers') return;
  // After a Warmup that was called off, only those who were not ready have something to settle: their deposit.
  const open = view.members.filter((m) => !m.settled && (view.state === 'Cooldown' || m.forfeited));
  const unsettled = open.slice(0, SETTLE_AT_ONCE);
  if (unsettled.length === 0 || clock.current() < Number(view.stateStartSlot) + patience(context)) return;
  duties.start('settle', `${view.epoch}/${view.stateStartSlot}/${unsettled[0]!.index}`, (signal) =>
    orSomebodyElse(() => context.chain.settle({ epoch: view.epoch, members: unsettled }, { signal })),
  );
}
