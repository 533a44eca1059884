import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BorshAccountsCoder, type Idl } from '@coral-xyz/anchor';
import BN from 'bn.js';
import { decodeRun, RUN_SPACE } from './decode-run.js';
import { coordinatorIdl } from './idl.js';
import { type Layout, layoutOf } from './layout.js';

const layout = layoutOf(coordinatorIdl as unknown as Idl, 'Run');
const discriminator = coordinatorIdl.accounts.find((a) => a.name.toLowerCase() === 'run')!.discriminator;

/** A Run account whose every byte is `fill`, with some fields written where their layout says. */
function account(fields: Record<string, number | bigint | Uint8Array>, fill = 0): Buffer {
  const data = Buffer.alloc(RUN_SPACE, fill);
  data.set(discriminator);
  for (const [path, value] of Object.entries(fields)) {
    let at = discriminator.length;
    let inner: Layout = layout;
    for (const part of path.split('.')) {
      if (/^\d+$/.test(part)) {
        inner = inner.item!;
        at += Number(part) * inner.size;
      } else {
        const field = inner.fields!.get(part)!;
        at += field.offset;
        inner = field.layout;
      }
    }
    if (value instanceof Uint8Array) data.set(value, at);
    else for (let i = 0, v = BigInt(value); i < inner.size; i++, v >>= 8n) data[at + i] = Number(v & 0xffn);
  }
  return data;
}

const full = account({
  state: 4,
  epoch: 7,
  round: 9,
  step: 40,
  runId: Buffer.from('demo'),
  runIdLen: 4,
  clientVersion: Buffer.from('0.1.0'),
  membersLen: 2,
  'members.1.points': 2n ** 63n,
  'members.1.state': 2,
  'members.1.key': Buffer.alloc(32, 9),
  pendingLen: 1,
  'pending.0.key': Buffer.alloc(32, 7),
  'pending.0.capacity': 3,
  trainerOrder: Buffer.from([1, 0]),
  trainerCount: 2,
  witnesses: Buffer.from([1]),
  witnessCount: 1,
  'votes.0.voted': 1,
  'votes.0.root': Buffer.alloc(32, 5),
  'rounds.1.status': 2,
  'rounds.1.epoch': 7,
  'rounds.1.round': 9,
  'rounds.1.witnessCount': 2,
  'rounds.1.votedMask': 2,
  'rounds.0.status': 3,
  'rounds.0.epoch': 7,
  'rounds.0.round': 8,
  owedTotal: Buffer.from(Array.from({ length: 16 }, (_, i) => i)),
  'config.maxRoundTrainSlots': 20n,
  'config.pointsPerStep': 1_000_000n,
  'config.totalSteps': 60,
});

test('a run is decoded field by field', () => {
  const run = decodeRun('address', full);
  assert.equal(run.state, 'RoundWitness');
  assert.deepEqual([run.epoch, run.round, run.step, run.runId, run.clientVersion], [7, 9, 40, 'demo', '0.1.0']);
  assert.equal(run.treasury, undefined);
  assert.equal(run.members.length, 2);
  assert.deepEqual([run.members[1].points, run.members[1].state, run.members[0].state], [2n ** 63n, 'Dropped', 'Joined']);
  assert.deepEqual(run.pending, [{ key: 'US517G5965aydkZ46HS38QLi7UQiSojurfbQfKCELFx', capacity: 3 }]);
  assert.deepEqual([run.trainers, run.witnesses], [[1, 0], [1]]);
  assert.equal(run.votes.length, 1);
  assert.deepEqual([run.votes[0].voted, run.votes[0].root[31], run.votes[0].parameterHash], [true, 5, undefined]);
  assert.deepEqual(run.rounds.map((r) => [r.round, r.status]), [[8, 'Undecided'], [9, 'Decided']]);
  assert.deepEqual(run.rounds[1].voted, [false, true]);
  assert.equal(run.owedTotal, 0x0f0e0d0c0b0a09080706050403020100n);
  assert.deepEqual([run.config.maxRoundTrainSlots, run.config.pointsPerStep, run.config.totalSteps], [20, 1_000_000n, 60]);
});

test('agrees with anchor\'s own coder', () => {
  const raw = new BorshAccountsCoder(coordinatorIdl as unknown as Idl).decode('Run', full) as Record<string, unknown>;
  const run = decodeRun('address', full) as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(raw)) {
    const camel = name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
    if (typeof value === 'number' && typeof run[camel] === 'number') assert.equal(run[camel], value, name);
    if (BN.isBN(value) && typeof run[camel] === 'bigint') assert.equal(run[camel], BigInt(value.toString()), name);
  }
  const members = raw.members as { points: BN; key: { toBase58(): string } }[];
  assert.equal(members[1].points.toString(), String(2n ** 63n));
});

test('hostile bytes are refused or harmless, never read past their end', () => {
  assert.throws(() => decodeRun('address', full.subarray(0, RUN_SPACE - 1)), { code: 'ACCOUNT_INVALID' });
  assert.throws(() => decodeRun('address', Buffer.alloc(RUN_SPACE)), { code: 'ACCOUNT_INVALID' });
  assert.throws(() => decodeRun('address', account({}, 0xff)), { code: 'ACCOUNT_INVALID' });
  const counts = { membersLen: 0xffff, pendingLen: 0xffff, witnessCount: 255, trainerCount: 0xffff, checkpointLen: 255, checkpointerCount: 255, runIdLen: 255 };
  const run = decodeRun('address', account(counts));
  assert.deepEqual([run.members.length, run.pending.length, run.votes.length, run.trainers.length], [256, 256, 32, 256]);
});

test('the largest run takes milliseconds', () => {
  const large = account({ membersLen: 256, pendingLen: 256, witnessCount: 32 });
  decodeRun('address', large);
  const begun = performance.now();
  for (let i = 0; i < 20; i++) decodeRun('address', large);
  const each = (performance.now() - begun) / 20;
  assert.ok(each < 100, `${each.toFixed(1)} ms`);
});
