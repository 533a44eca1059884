import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarizeCrowd } from './crowd.js';
import type { CrowdLog } from './crowd-process.js';
import type { Landed } from './ledger.js';

const sent = (name: string, slot: number, payer: string, units = 1000): Landed => ({ slot, name, units, limit: 2 * units, fee: 5000, payer, ok: true, bytes: 300 });

const said: CrowdLog = {
  rounds: [0, 1, 2, 3].map((round) => ({ round, slot: 100 + 10 * round, opened: 4000 * round, notices: 5 * round })),
  ended: { slot: 140, at: 16_000, notices: 20 },
  accountBytes: 100,
  decodeMs: 1,
  steps: 4,
  errors: {},
};

test('fees are told apart into what each round takes and what is paid whatever their number', () => {
  const joins = ['a', 'b'].flatMap((node) => [sent('join_run', 50, node), sent('warmup_witness', 90, node), sent('cooldown_witness', 150, node)]);
  // In each round both vote, in one slot, and one ticks at its end.
  const rounds = [0, 1, 2, 3].flatMap((r) => [sent('witness', 105 + 10 * r, 'a', 7000), sent('witness', 105 + 10 * r, 'b', 7000), sent('tick', 110 + 10 * r, 'a', 9000)]);
  const others = [sent('other', 10, 'authority', 99_999)];
  const s = summarizeCrowd({ members: 2, steps: 4, slotMs: 400, trainMs: 1000 }, said, [...others, ...joins, ...rounds], new Set(['a', 'b']));
  assert.deepEqual([s.rounds, s.transactions, s.units, s.bytes, s.slotUnits, s.roundMs, s.notices], [2, 3, 23_000, 900, 14_000, 4000, 5]);
  assert.deepEqual(s.lamports, { epoch: 45_000, fixed: 15_000, round: 7500 });
  assert.deepEqual(s.costliest, { name: 'tick', units: 9000 });
  assert.deepEqual([s.mostPaid, s.leastPaid], [55_000, 35_000]);
  assert.ok(Math.abs(s.priorityAt1000.round - 23) < 1e-9);
  assert.throws(() => summarizeCrowd({ members: 2, steps: 5, slotMs: 400, trainMs: 0 }, said, joins, new Set(['a'])), /step 4 of 5/);
});
