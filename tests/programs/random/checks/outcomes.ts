import assert from 'node:assert/strict';
import { batchShares } from '../../../../client/src/protocol/assignment.js';
import { roundPoints } from '../../../../client/src/protocol/points.js';
import { quorum } from '../../../../client/src/protocol/quorum.js';
import { drawRoles } from '../../../../client/src/protocol/roles.js';
import { inBitmap, MEMBER, ROUND, type RunBytes, type VoteEntry } from '../run-bytes.js';
import type { Sent } from './change.js';

/** Points are carried, or forfeit, by a conviction alone: what the member has lost, to the point. */
export function checkConviction(sent: Sent, { n: was, ...before }: RunBytes, { n: is, ...after }: RunBytes): void {
  const [carried, forfeited] = [is.carry - was.carry, is.pointsForfeited - was.pointsForfeited];
  if (sent.name !== 'coordinator.convict') {
    assert.deepEqual([carried, forfeited], [0n, 0n], 'nothing is carried but by rounds and convictions');
    return;
  }
  const convicted = after.members.filter((m, i) => m.state === MEMBER.CONVICTED && before.members[i].state !== MEMBER.CONVICTED);
  assert.equal(convicted.length, 1, 'one is convicted at a time');
  assert.ok(!after.pending.some((p) => p.key === convicted[0].key), 'the convicted are off the list');
  const lost = was.epochPoints - is.epochPoints + was.pointsEarnedTotal - is.pointsEarnedTotal;
  assert.deepEqual(
    [carried, forfeited], is.step < before.config.totalSteps ? [lost, 0n] : [0n, lost],
    'what is taken goes into the next round, if there is one',
  );
}

/** What a quorum agreed on is not changed before the next epoch's Cooldown, and a quorum it was. */
export function checkEpochHash(before: RunBytes, after: RunBytes): void {
  if (before.n.epochHashAgreed === 1n && after.n.epochHashAgreed === 1n) {
    assert.equal(after.epochHash, before.epochHash, 'what is agreed stays');
  }
  if (before.n.epochHashAgreed === 1n || after.n.epochHashAgreed === 0n) {
    assert.equal(after.epochHash, before.epochHash, 'only a quorum changes the hash');
    return;
  }
  const voters = after.members.filter((m) => m.forfeited === 0 && m.state !== MEMBER.CONVICTED);
  const same = voters.filter((m) => m.cooldownVoted === 1 && m.cooldownHash === after.epochHash);
  assert.ok(same.length >= quorum(voters.length), 'a quorum of all who were warm');
}

/** The roles are those that the client draws from the same seed. */
export function checkRoles(run: RunBytes): void {
  const record = run.rounds[Number(run.n.round % 4n)];
  const healthy = run.members.flatMap((m, i) => (m.state === MEMBER.HEALTHY ? [i] : []));
  const roles = drawRoles(Buffer.from(record.seed, 'hex'), healthy, Number(run.config.witnessNodes));
  assert.deepEqual([run.trainerOrder, run.witnesses], [roles.trainers, roles.witnesses], 'roles as the client draws them');
}

/** A decided round pays what the client's own arithmetic says, to the point. */
export function checkAward(before: RunBytes, after: RunBytes): void {
  if (after.n.step === before.n.step) return;
  const record = before.rounds[Number(before.n.round % 4n)];
  assert.equal(after.rounds[Number(before.n.round % 4n)].status, ROUND.DECIDED);
  const shares = batchShares(Number(before.n.batchSize), before.trainerOrder.map((i) => before.members[i].capacity));
  const innocent = (index: number): boolean => before.members[index].state !== MEMBER.CONVICTED;
  const accepted = before.trainerOrder.flatMap(
    (index, at) => (inBitmap(record.bitmap, index) && innocent(index) ? [{ index, share: shares[at] }] : [])
  );
  const agrees = ({ voted, bitmap, root }: VoteEntry): boolean => voted === 1 && bitmap === record.bitmap && root === record.root;
  const agreeing = before.witnesses.filter((index, position) => innocent(index) && agrees(before.votes[position]));
  const pay = roundPoints(
    before.config.pointsPerStep, before.n.carry, Number(before.config.witnessPermille), accepted.map((a) => a.share),
    agreeing.length,
  );
  const expected = before.members.map((m) => m.points);
  accepted.forEach(({ index }, at) => (expected[index] += pay.trainers[at]));
  for (const index of agreeing) expected[index] += pay.perWitness;
  assert.deepEqual(after.members.map((m) => m.points), expected, 'points of a round');
  assert.equal(after.n.carry, pay.carry, 'what is carried');
}
