import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bitmapOf, type MemberState, type RunMember, type RunRound, type RunView, type WitnessVote } from '../protocol/run-view.js';
import { tickDue } from './tick-due.js';

const zero = new Uint8Array(32);
const member = (index: number, more: Partial<RunMember> = {}): RunMember => ({
  index, key: `node${index}`, points: 0n, cooldownHash: zero, acceptedRounds: 0, witnessedRounds: 0, capacity: 1,
  state: 'Healthy' as MemberState, cooldownVoted: false, settled: false, forfeited: false, ...more,
});
const vote = (indices: number[], fill = 1): WitnessVote => ({ voted: true, bitmap: bitmapOf(indices), root: new Uint8Array(32).fill(fill) });
/** The current round, with everyone as a trainer and these on the decided list. */
const record = (accepted: number[]): RunRound => ({
  epoch: 0, round: 4, step: 4, status: 'Open', closedAtDeadline: false, seed: zero, seedPinned: true, dataPosition: 0n, batchSize: 6,
  bitmap: bitmapOf(accepted), root: zero, trainers: bitmapOf([0, 1, 2]), witnesses: [0, 1, 2], voted: [],
});
const silent: WitnessVote = { voted: false, bitmap: zero, root: zero };

/** Only what the function reads; the rest of a run has no say in when to tick. */
function run(more: Partial<RunView>): RunView {
  const config = { initMinClients: 3, minClients: 2, waitingForMembersExtraSlots: 5, warmupSlots: 20, maxRoundTrainSlots: 50, roundWitnessSlots: 10, cooldownSlots: 30 };
  return { config, epoch: 0, stateStartSlot: 100n, seedPinned: true, members: [member(0), member(1), member(2)], pending: [], witnesses: [0, 1, 2], round: 4, votes: [silent, silent, silent], decided: false, decidedSlot: 0n, minReachedSlot: 0n, ...more } as RunView;
}

test('waits for members, more of them before the first epoch', () => {
  const pending = [{ key: 'a', capacity: 1 }, { key: 'b', capacity: 1 }];
  assert.equal(tickDue(run({ state: 'WaitingForMembers', pending, minReachedSlot: 90n })), undefined);
  assert.equal(tickDue(run({ state: 'WaitingForMembers', pending, minReachedSlot: 90n, epoch: 1 })), 95);
});

test('warmup ends at once when all are warm, else at its deadline, never without a seed', () => {
  assert.equal(tickDue(run({ state: 'Warmup' })), 100);
  assert.equal(tickDue(run({ state: 'Warmup', members: [member(0), member(1, { state: 'Joined' })] })), 120);
  assert.equal(tickDue(run({ state: 'Warmup', seedPinned: false })), undefined);
});

test('a round closes early only when decided with every healthy trainer on the list', () => {
  const all = [vote([0, 1, 2]), vote([0, 1, 2]), vote([0, 1, 2])];
  const decided = { state: 'RoundTrain' as const, decided: true, decidedSlot: 110n };
  assert.equal(tickDue(run({ state: 'RoundTrain' })), 150);
  assert.equal(tickDue(run({ ...decided, votes: all, rounds: [record([0, 1, 2])] })), 110);
  assert.equal(tickDue(run({ ...decided, votes: [vote([0, 1, 2]), vote([0, 1, 2]), silent], rounds: [record([0, 1, 2])] })), 112, 'the last witness gets two slots more');
  const partial = [vote([0, 1]), vote([0, 1]), vote([0, 1])];
  assert.equal(tickDue(run({ ...decided, votes: partial, rounds: [record([0, 1])] })), 150, 'slow trainers are not cut off');
  const dropped = [member(0), member(1), member(2, { state: 'Dropped' })];
  assert.equal(tickDue(run({ ...decided, votes: [partial[0]!, partial[1]!, silent], members: dropped, rounds: [record([0, 1])] })), 110, 'those dropped are waited for no more');
});

test('round witness and cooldown end when done or at their deadlines', () => {
  assert.equal(tickDue(run({ state: 'RoundWitness' })), 110);
  const all = [vote([0, 1]), vote([0, 1]), vote([0, 1])];
  const decided = { state: 'RoundWitness' as const, decided: true, decidedSlot: 105n };
  assert.equal(tickDue(run({ ...decided, votes: all })), 105);
  assert.equal(tickDue(run({ ...decided, votes: [all[0]!, all[1]!, silent] })), 107, 'the last witness gets two slots more');
  assert.equal(tickDue(run({ ...decided, decidedSlot: 109n, votes: [all[0]!, all[1]!, silent] })), 110, 'but not past the deadline');
  const settled = [0, 1, 2].map((i) => member(i, { settled: true, cooldownVoted: true }));
  assert.equal(tickDue(run({ state: 'Cooldown' })), undefined, 'points come first');
  assert.equal(tickDue(run({ state: 'Cooldown', members: settled })), 100);
  const silentOne = (more: Partial<RunMember>) => [settled[0]!, settled[1]!, member(2, { settled: true, state: 'Dropped', ...more })];
  assert.equal(tickDue(run({ state: 'Cooldown', members: silentOne({}) })), 130, 'a dropped one can still make the quorum');
  assert.equal(tickDue(run({ state: 'Cooldown', members: silentOne({}), epochHashAgreed: true })), 100);
  assert.equal(tickDue(run({ state: 'Cooldown', members: silentOne({ forfeited: true }) })), 100, 'who never was warm has no vote');
  assert.equal(tickDue(run({ state: 'Cooldown', members: [settled[0]!, settled[1]!, member(2, { settled: true })] })), 130);
  assert.equal(tickDue(run({ state: 'Paused' })), undefined);
});
