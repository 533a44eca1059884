import assert from 'node:assert/strict';
import { quorum } from '../../../../client/src/protocol/quorum.js';
import { inBitmap, MEMBER, ROUND, type RunBytes, STATE } from '../run-bytes.js';

const between = (value: bigint, from: bigint, to: bigint): boolean => value >= from && value <= to;
const U64 = 2n ** 64n - 1n;

/** What `Run::invariant` asks for, written anew from the protocol, and what else must hold of every run by itself. */
export function checkInvariant(run: RunBytes): void {
  checkSettings(run);
  checkPoints(run);
  checkLists(run);
  checkRound(run);
  checkEpochHash(run);
}

function checkSettings({ config: c, n }: RunBytes): void {
  assert.ok(between(c.slotMs, 10n, 10_000n), 'slot_ms');
  for (const time of [c.warmupTime, c.cooldownTime, c.maxRoundTrainTime, c.roundWitnessTime]) {
    assert.ok(between(time, 1n, 2_592_000n), 'a time');
  }
  assert.ok(
    between(c.epochTime, 1n, 31_622_400n) && between(c.waitingForMembersExtraTime, 0n, 2_592_000n), 'epoch and extra time',
  );
  assert.ok(c.minClients >= 1n && c.minClients <= c.initMinClients && c.initMinClients <= 256n, 'min_clients');
  assert.ok(c.witnessNodes <= 32n && c.witnessPermille <= 1000n && c.verificationPercent === 0n, 'witnesses');
  for (const batch of [c.globalBatchSizeStart, c.globalBatchSizeEnd]) {
    assert.ok(between(batch, 1n, 1n << 20n) && batch * c.totalSteps * c.sequenceLength <= U64, 'batch');
  }
  assert.ok(between(c.sequenceLength, 1n, 1n << 20n), 'sequence_length');
  assert.ok(c.joinDeposit <= 1_000_000_000_000n, 'join_deposit');
  for (const [time, slots] of [
    [c.warmupTime, c.warmupSlots], [c.cooldownTime, c.cooldownSlots], [c.maxRoundTrainTime, c.maxRoundTrainSlots],
    [c.roundWitnessTime, c.roundWitnessSlots], [c.epochTime, c.epochSlots], [c.waitingForMembersExtraTime, c.waitingForMembersExtraSlots],
  ]) assert.equal(slots, (time * 1000n + c.slotMs - 1n) / c.slotMs, 'times in slots');
  assert.ok(n.step <= c.totalSteps, 'no step beyond the last');
}

function checkPoints({ n, config, members }: RunBytes): void {
  assert.equal(
    n.pointsEarnedTotal + n.epochPoints + n.carry + n.pointsForfeited, n.pointsAwardedTotal,
    'awarded = earned + epoch + carried + forfeited',
  );
  assert.equal(members.reduce((sum, m) => sum + m.points, 0n), n.epochPoints, 'the epoch has what its members have');
  const budget = (config.totalSteps - n.step) * config.pointsPerStep + n.pointsAwardedTotal;
  assert.ok(budget <= U64, 'the budget fits 64 bits');
  for (const [num, den] of [[n.rateNum, n.rateDen], [n.nextRateNum, n.nextRateDen]]) {
    assert.ok(den > 0n && budget * num < den << 63n, 'the budget is worth less than 2^63');
  }
}

function checkLists(run: RunBytes): void {
  const { n, members, pending } = run;
  assert.equal(n.version, 1n);
  assert.ok(between(n.runIdLen, 1n, 32n) && n.pauseRequested <= 1n && n.checkpointLen <= 128n, 'small fields');
  assert.ok(n.membersLen <= 256n && n.pendingLen <= 256n && n.pendingLen <= n.memberAccounts, 'lengths');
  assert.equal(new Set(members.map((m) => m.key)).size, members.length, 'no node is twice in the epoch');
  assert.equal(new Set(pending.map((p) => p.key)).size, pending.length, 'no node is twice on the list');
  assert.equal(BigInt(members.filter((m) => m.state === MEMBER.HEALTHY).length), n.healthyCount, 'healthy_count');
  const listed = new Set(pending.map((p) => p.key));
  for (const m of members) {
    assert.ok(m.state <= MEMBER.CONVICTED && between(BigInt(m.capacity), 1n, 8n), 'a member');
    assert.equal(m.rejoined === 1, listed.has(m.key), 'rejoined says who is on the list');
    if (m.state === MEMBER.CONVICTED) {
      assert.deepEqual([m.points, m.settled, m.forfeited], [0n, 1, 0], 'the convicted have nothing left');
    }
    if (m.settled === 1) assert.equal(m.points, 0n, 'the settled have no points left');
    if (m.forfeited === 1) assert.equal(m.state, MEMBER.DROPPED, 'who forfeits is out');
  }
  for (const p of pending) assert.ok(between(BigInt(p.capacity), 1n, 8n), 'a capacity on the list');
  assert.equal(new Set(run.checkpointers).size, run.checkpointers.length, 'nobody is elected twice');
  for (const i of run.checkpointers) assert.ok(i < members.length, 'a checkpointer is a member');
}

function checkRound(run: RunBytes): void {
  const { n, state, witnesses, trainerOrder, votes } = run;
  const training = state === STATE.RoundTrain || state === STATE.RoundWitness;
  const record = run.rounds[Number(n.round % 4n)];
  if (!training) {
    assert.deepEqual(
      [n.decided, n.witnessCount, n.trainerCount, n.batchSize], [0n, 0n, 0n, 0n], 'roles and decisions are of a round',
    );
    if (state !== STATE.Warmup && state !== STATE.Cooldown) assert.equal(n.epochPoints, 0n, 'between epochs all is settled');
  } else {
    assert.ok(n.undecidedInRow < 3n && n.batchSize > 0n, 'a round under way');
    assert.ok(witnesses.length === 0 || n.seedPinned === 1n, 'roles come from a seed');
    // Who was healthy may have been dropped since, and if all were when the seed came, nobody has a role.
    assert.ok(trainerOrder.length === 0 || n.seedPinned === 1n, 'a seed gives roles');
    assert.ok(trainerOrder.length > 0 || n.seedPinned === 0n || n.healthyCount === 0n, 'all who are healthy train');
    assert.equal(record.status, ROUND.OPEN);
    assert.deepEqual(
      [BigInt(record.epoch), BigInt(record.round), BigInt(record.step), BigInt(record.batchSize)],
      [n.epoch, n.round, n.step, n.batchSize], 'the round\'s record',
    );
    assert.equal(new Set(trainerOrder).size, trainerOrder.length, 'nobody trains twice');
    for (const i of witnesses) assert.ok(trainerOrder.includes(i), 'a witness was healthy when it was drawn');
    for (const i of trainerOrder) assert.ok(i < run.members.length, 'a trainer is a member');
    assert.equal(new Set(witnesses).size, witnesses.length, 'nobody is elected twice');
  }
  votes.forEach((vote, position) => {
    if (position >= witnesses.length) assert.equal(vote.voted, 0, 'only the elected vote');
    else assert.equal(vote.voted, (record.votedMask >>> position) & 1, 'the record says who voted');
  });
  checkDecision(run);
  for (const r of run.rounds) {
    if (r.status === ROUND.DECIDED) {
      assert.ok(
        [...Array(256).keys()].every((i) => !inBitmap(r.bitmap, i) || inBitmap(r.trainers, i)), 'only trainers are accepted',
      );
    }
  }
}

/** In Cooldown a hash is agreed on as soon as a quorum of those with a vote named it. */
function checkEpochHash({ n, state, members, epochHash }: RunBytes): void {
  if (state !== STATE.Cooldown) return;
  const voters = members.filter((m) => m.forfeited === 0 && m.state !== MEMBER.CONVICTED);
  const counts = new Map<string, number>();
  for (const m of voters) if (m.cooldownVoted === 1) counts.set(m.cooldownHash, (counts.get(m.cooldownHash) ?? 0) + 1);
  const agreed = [...counts].filter(([, count]) => count >= quorum(voters.length)).map(([hash]) => hash);
  // Once agreed it stays, whoever votes otherwise later.
  if (n.epochHashAgreed === 0n) assert.deepEqual(agreed, [], 'a quorum agrees');
  for (const m of members) if (m.cooldownVoted === 1) assert.equal(m.forfeited, 0, 'who never was warm has no vote');
  if (n.epochHashAgreed === 1n) assert.ok(members.some((m) => m.cooldownVoted === 1) && epochHash !== '', 'somebody named it');
}

/** A round is decided exactly where a quorum of the elected voted for the same. */
function checkDecision({ n, votes, witnesses, rounds }: RunBytes): void {
  assert.ok(n.decided <= (witnesses.length > 0 ? 1n : 0n), 'witnesses decide');
  if (witnesses.length === 0) return;
  const counts = new Map<string, number>();
  for (const v of votes) if (v.voted === 1) counts.set(v.bitmap + v.root, (counts.get(v.bitmap + v.root) ?? 0) + 1);
  const chosen = [...counts].filter(([, count]) => count >= quorum(witnesses.length)).map(([list]) => list);
  const record = rounds[Number(n.round % 4n)];
  assert.equal(n.decided === 1n, chosen.length === 1, 'a quorum decides, and nothing else');
  assert.equal(record.bitmap + record.root, chosen[0] ?? '00'.repeat(64), 'what is decided is what the quorum named');
}
