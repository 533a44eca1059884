import { bitsOf, findRound, hasBit, hasEpochVote, type RunView } from '../protocol/run-view.js';

/**
 * The first slot at which `tick` has something to do, as far as the run's state tells: the twin of the program's
 * conditions (protocol 2). `undefined` while it waits for something other than time, such as a seed or a vote. Wrong
 * by a slot costs nothing, since preflight refuses an early tick.
 */
export function tickDue(run: RunView): number | undefined {
  const { config } = run;
  const start = Number(run.stateStartSlot);
  switch (run.state) {
    case 'WaitingForMembers': {
      const needed = run.epoch === 0 ? config.initMinClients : config.minClients;
      if (run.pending.length < needed || run.members.some((m) => m.forfeited && !m.settled)) return undefined;
      return Number(run.minReachedSlot) + config.waitingForMembersExtraSlots;
    }
    case 'Warmup': {
      if (!run.seedPinned) return undefined;
      const allWarm = run.members.every((m) => m.state === 'Healthy');
      return allWarm ? start : start + config.warmupSlots;
    }
    case 'RoundTrain': {
      if (!run.seedPinned) return undefined;
      const deadline = start + config.maxRoundTrainSlots;
      return run.decided && everyoneAccepted(run) ? Math.min(deadline, earlyClose(run)) : deadline;
    }
    case 'RoundWitness': {
      const deadline = start + config.roundWitnessSlots;
      return run.decided ? Math.min(deadline, earlyClose(run)) : deadline;
    }
    case 'Cooldown': {
      if (!run.members.every((m) => m.settled)) return undefined;
      const allVoted = run.members.every((m) => m.state !== 'Healthy' || m.cooldownVoted);
      // Those dropped can still make the quorum that the epoch's hash lacks.
      const noneMissing = run.epochHashAgreed || run.members.every((m) => !hasEpochVote(m) || m.cooldownVoted);
      return allVoted && noneMissing ? start : start + config.cooldownSlots;
    }
    default:
      return undefined;
  }
}

/** Slots that witnesses still have after the deciding vote, so that the last of an honest committee is paid too. */
const LATE_WITNESS_SLOTS = 2;

function earlyClose(run: RunView): number {
  const allVoted = run.witnesses.every((index, position) => run.votes[position].voted || run.members[index].state !== 'Healthy');
  return allVoted ? Number(run.decidedSlot) : Number(run.decidedSlot) + LATE_WITNESS_SLOTS;
}

/** Whether the decided list has everyone who had a share of the batch, but for those who were dropped since. */
function everyoneAccepted(run: RunView): boolean {
  const record = findRound(run, run.epoch, run.round);
  if (record === undefined) return false;
  return bitsOf(record.trainers).every((index) => hasBit(record.bitmap, index) || run.members[index]?.state !== 'Healthy');
}
