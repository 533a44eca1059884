import assert from 'node:assert/strict';
import { MEMBER, ROUND, type RunBytes, STATE, STATE_NAMES } from '../run-bytes.js';
import type { Sent } from './change.js';

/** An instruction that is to bring a run somewhere does. */
export function checkCommand({ name }: Sent, before: RunBytes, after: RunBytes): void {
  if (name in LEADS) assert.equal(after.state, LEADS[name], `${name} leads to ${STATE_NAMES[LEADS[name]]}`);
  if (name !== 'coordinator.pause') return;
  const now = before.state === STATE.WaitingForMembers;
  assert.deepEqual(
    [after.state, after.n.pauseRequested], now ? [STATE.Paused, 0n] : [before.state, 1n], 'a pause comes at once or is on record',
  );
}

const LEADS: Record<string, number> = {
  'coordinator.finish': STATE.Finished, 'coordinator.resume': STATE.WaitingForMembers, 'treasurer.resume_run': STATE.WaitingForMembers,
};

/** A tick moves a run on when it is due and not before, and to the one state that the protocol has then. */
export function checkTick(sent: Sent, before: RunBytes, after: RunBytes): void {
  if (sent.name !== 'coordinator.tick') return;
  const { n, config } = before;
  const now = BigInt(sent.slot);
  const lasted = (slots: bigint): boolean => now >= n.stateStartSlot + slots;
  const to = (state: number): void =>
    assert.equal(STATE_NAMES[after.state], STATE_NAMES[state], `from ${STATE_NAMES[before.state]}`);
  switch (before.state) {
    case STATE.WaitingForMembers:
      assert.ok(
        n.minReachedSlot > 0n && now >= n.minReachedSlot + config.waitingForMembersExtraSlots, 'late members have their time',
      );
      return to(STATE.Warmup);
    case STATE.Warmup:
      assert.ok(n.healthyCount === n.membersLen || lasted(config.warmupSlots), 'the cold have their time');
      if (n.healthyCount < config.minClients) return to(between(before));
      assert.equal(after.n.round, 0n);
      return to(STATE.RoundTrain);
    case STATE.RoundTrain:
      assert.equal(n.seedPinned, 1n, 'a round needs its seed');
      assert.ok(n.decided === 1n || lasted(config.maxRoundTrainSlots), 'slow trainers have their time');
      if (after.state === STATE.RoundWitness) return checkKept(before, after);
      assert.equal(n.decided, 1n, 'witnesses have their time');
      return checkClosed(now, before, after);
    case STATE.RoundWitness:
      assert.ok(n.decided === 1n || lasted(config.roundWitnessSlots), 'witnesses have their time');
      return checkClosed(now, before, after);
    default:
      assert.equal(before.state, STATE.Cooldown);
      checkVoted(before, lasted(config.cooldownSlots));
      return to(n.step >= config.totalSteps ? STATE.Finished : between(before));
  }
}

/** Where a run is between epochs. */
const between = ({ n }: RunBytes): number => (n.pauseRequested === 1n ? STATE.Paused : STATE.WaitingForMembers);

/** The time to train is over, and the round is what it was. */
function checkKept(before: RunBytes, after: RunBytes): void {
  assert.deepEqual(
    [after.n.round, after.n.decided, after.n.seedPinned], [before.n.round, before.n.decided, 1n], 'the round goes on',
  );
  assert.deepEqual([after.witnesses, after.trainerOrder, after.votes], [before.witnesses, before.trainerOrder, before.votes]);
}

/** A round is closed: its record says how, and the next one opens or the epoch ends. */
function checkClosed(now: bigint, before: RunBytes, after: RunBytes): void {
  const { n, config } = before;
  const record = after.rounds[Number(n.round % 4n)];
  assert.deepEqual([record.status, BigInt(record.round)], [n.decided === 1n ? ROUND.DECIDED : ROUND.UNDECIDED, n.round]);
  assert.equal(after.n.undecidedInRow, n.decided === 1n ? 0n : n.undecidedInRow + 1n, 'undecided rounds in a row');
  const over = after.n.step >= config.totalSteps || now >= n.epochStartSlot + config.epochSlots || n.healthyCount < config.minClients
    || after.n.undecidedInRow >= 3n;
  assert.equal(STATE_NAMES[after.state], over ? 'Cooldown' : 'RoundTrain', 'after a round');
  assert.equal(after.n.round, n.round + (over ? 0n : 1n), 'a round of another number');
}

/** Cooldown is over when all is settled and no vote is waited for any more. */
function checkVoted({ n, members }: RunBytes, lasted: boolean): void {
  assert.ok(members.every((m) => m.settled === 1), 'all are settled');
  const waited = members.filter((m) => m.cooldownVoted === 0 && m.forfeited === 0 && m.state !== MEMBER.CONVICTED
    && (n.epochHashAgreed === 0n || m.state === MEMBER.HEALTHY));
  assert.ok(lasted || waited.length === 0, 'votes have their time');
}
