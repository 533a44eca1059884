import assert from 'node:assert/strict';
import { PublicKey } from '@solana/web3.js';
import { hexOf } from '../proposal.js';
import { MEMBER, NO_KEY, type RunBytes, STATE, STATE_NAMES, type VoteEntry } from '../run-bytes.js';
import type { Sent } from './change.js';
import { checkAward, checkConviction, checkEpochHash, checkRoles } from './outcomes.js';
import { EDGES, LISTS, TERM_CHANGES } from './rules.js';
import { checkCommand, checkTick } from './ticks.js';

/** Instructions that set the rate. */
const RATING = ['coordinator.set_exchange_rate', 'treasurer.set_exchange_rate', 'treasurer.create_treasury'];

const name = (run: RunBytes): string => STATE_NAMES[run.state];

/** A new run is its creator's, and nothing has happened in it. */
export function checkCreated(sent: Sent, run: RunBytes): void {
  assert.equal(sent.name, 'coordinator.create_run');
  assert.deepEqual(
    [run.state, run.authority, run.epochHash], [STATE.Uninitialized, hexOf(new PublicKey(sent.accounts[0])), NO_KEY],
  );
  const set = ['stateStartSlot', 'rateDen', 'nextRateDen', 'version', 'runIdLen'];
  for (const [field, value] of Object.entries(run.n)) assert.ok(value === 0n || set.includes(field), `${field} of a new run`);
  assert.deepEqual([run.n.rateDen, run.n.nextRateDen], [1n, 1n]);
}

/** From one instruction to the next a run only goes where the protocol lets it. */
export function checkTransition(sent: Sent, before: RunBytes, after: RunBytes): void {
  if (before.state !== after.state) {
    assert.ok(
      EDGES[sent.name]?.includes(`${name(before)}→${name(after)}`),
      `${sent.name} took the run from ${name(before)} to ${name(after)}`,
    );
    assert.equal(after.n.stateStartSlot, BigInt(sent.slot), 'a state begins when it is entered');
  }
  assert.deepEqual(
    [after.authority, after.treasury, after.runId, after.origin], [before.authority, before.treasury, before.runId, before.origin],
    'whose run it is never changes',
  );
  if (sent.name !== 'coordinator.set_join_authority') {
    assert.equal(after.joinAuthority, before.joinAuthority, 'the join authority changes by its instruction alone');
  }
  if (sent.name !== 'coordinator.update_config') {
    assert.deepEqual(after.config, before.config, 'settings change by update_config alone');
  }
  checkCommand(sent, before, after);
  checkTick(sent, before, after);
  checkCounters(sent, before, after);
  checkLists(sent, before, after);
  if (after.witnesses.length > 0 && (before.witnesses.length === 0 || after.n.round !== before.n.round)) checkRoles(after);
  checkAward(before, after);
  if (before.n.step === after.n.step) checkConviction(sent, before, after);
  checkEpochHash(before, after);
}

function checkCounters(sent: Sent, { n: was, ...before }: RunBytes, { n: is, ...after }: RunBytes): void {
  const epochEnded = before.state === STATE.Cooldown && after.state !== STATE.Cooldown;
  assert.equal(is.epoch, was.epoch + (epochEnded ? 1n : 0n), 'epochs are counted one by one');
  if (before.state === STATE.WaitingForMembers && after.state === STATE.Warmup) {
    assert.equal(is.round, 0n, 'an epoch begins with round 0');
    assert.ok(!before.members.some((m) => m.forfeited === 1 && m.settled === 0), 'forfeited deposits are settled first');
    const needed = was.epoch === 0n ? before.config.initMinClients : before.config.minClients;
    assert.ok(was.pendingLen >= needed && is.membersLen === was.pendingLen, 'an epoch needs enough members');
    assert.deepEqual(
      after.members.map((m) => [m.key, m.capacity, m.points, m.state]),
      before.pending.map((p) => [p.key, p.capacity, 0n, MEMBER.JOINED]),
    );
    assert.deepEqual([is.rateNum, is.rateDen], [was.nextRateNum, was.nextRateDen], 'a rate applies from an epoch\'s start');
  } else {
    assert.ok(is.round === was.round || is.round === was.round + 1n, 'rounds are counted one by one');
    const now = before.state === STATE.Uninitialized && RATING.includes(sent.name);
    const rate = now ? [is.nextRateNum, is.nextRateDen] : [was.rateNum, was.rateDen];
    assert.deepEqual([is.rateNum, is.rateDen], rate, 'within an epoch the rate stays');
  }
  if (!RATING.includes(sent.name)) {
    assert.deepEqual([is.nextRateNum, is.nextRateDen], [was.nextRateNum, was.nextRateDen], 'the treasury alone sets the rate');
  }
  assert.ok(
    is.step === was.step || (is.step === was.step + 1n && was.decided === 1n && sent.name === 'coordinator.tick'),
    'a step is a decided round',
  );
  assert.equal(
    is.pointsAwardedTotal - was.pointsAwardedTotal, (is.step - was.step) * before.config.pointsPerStep,
    'a step awards its points',
  );
  const sequences = is.step === was.step ? 0n : was.batchSize;
  const moved = [is.dataPosition - was.dataPosition, is.tokensProcessed - was.tokensProcessed];
  assert.deepEqual(moved, [sequences, sequences * before.config.sequenceLength], 'a step goes on by its batch');
  if (was.seedPinned === 0n && is.seedPinned === 1n) {
    assert.ok(BigInt(sent.slot) > was.seedSlot, 'a seed is of a slot that is over');
  }
  if (was.seedSlot !== is.seedSlot) {
    assert.ok(['coordinator.tick', 'coordinator.pin_seed'].includes(sent.name), 'a seed is armed by tick or pin_seed');
  }
  if (was.seedSlot !== is.seedSlot) assert.equal(is.seedSlot, BigInt(sent.slot) + 2n, 'a seed is of a slot still to come');
}

function checkLists(sent: Sent, before: RunBytes, after: RunBytes): void {
  for (const list of ['members', 'pending', 'votes'] as const) {
    if (!LISTS[list].includes(sent.name)) assert.deepEqual(after[list], before[list], `${sent.name} changed ${list}`);
  }
  if (TERM_CHANGES.includes(sent.name)) assert.deepEqual(after.pending, [], 'nobody is on the list on terms that it never saw');
  if (sent.name === 'coordinator.witness') {
    const same = (a: VoteEntry, b: VoteEntry): boolean => a.voted === b.voted && a.bitmap === b.bitmap && a.root === b.root;
    const changed = after.votes.flatMap((v, i) => (same(v, before.votes[i]) ? [] : [i]));
    assert.ok(changed.length <= 1, 'one vote at a time');
    const node = after.members[after.witnesses[changed[0]]]?.key;
    assert.ok(changed.length === 0 || node === hexOf(new PublicKey(sent.accounts[0])), 'a witness votes for itself');
  }
  const drawing = sent.name === 'coordinator.tick' || sent.name === 'coordinator.pin_seed';
  if (!drawing) {
    assert.deepEqual([after.trainerOrder, after.witnesses], [before.trainerOrder, before.witnesses], 'roles stay for a round');
  }
  if (before.state !== STATE.WaitingForMembers || after.state !== STATE.Warmup) checkMembers(sent, before, after);
}

/** Within an epoch its members stay; who is dropped stays out, and what is earned stays. */
function checkMembers({ name: by }: Sent, before: RunBytes, after: RunBytes): void {
  assert.equal(after.members.length, before.members.length);
  after.members.forEach((m, i) => {
    const was = before.members[i];
    assert.deepEqual([m.key, m.capacity], [was.key, was.capacity], 'the members of an epoch stay');
    assert.ok(
      m.state === was.state || MOVES[by]?.includes(`${was.state}→${m.state}`),
      `${by} took a member from ${was.state} to ${m.state}`,
    );
    const cold = by === 'coordinator.tick' && m.state !== was.state;
    assert.equal(m.forfeited, cold ? 1 : was.forfeited, 'the cold forfeit their deposits, and nobody else');
    if (by === 'coordinator.settle' || by === 'coordinator.convict' || by === 'coordinator.tick') return;
    assert.deepEqual([m.points, m.settled], [was.points, was.settled], 'only rounds, settling and convictions move points');
  });
}

/** What instructions do to a member: joined 0, healthy 1, dropped 2, convicted 3. */
const MOVES: Record<string, readonly string[]> = {
  'coordinator.warmup_witness': ['0→1'], 'coordinator.tick': ['0→2'], 'coordinator.health_check': ['1→2'],
  'coordinator.convict': ['1→3', '2→3'],
};
