import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANNOUNCEMENT_BYTES } from '../../client/src/protocol/commitment.js';
import type { ClientLog, Usage } from './client-log.js';
import type { CrewResult } from './crew.js';
import { summarize } from './summary.js';
import { expectedSmallest, pointsOf, smallestOf } from './utilisation.js';

const STEPS = 4;
const usageAt = (round: number): Usage => ({ peersUp: 100 * round, peersDown: 200 * round, chainUp: round, chainDown: 2 * round, cpuMs: 10 * round, rss: 5 });

/** Two clients: rounds of 10 s, training from second 1 on; the other's work is heard of after 50 ms and here after 500. */
function log(index: number, trainMs: (round: number) => number): ClientLog {
  const rounds = Array.from({ length: STEPS }, (_, round) => {
    const opened = 100_000 * round;
    const trainEnded = opened + 1000 + trainMs(round);
    return { round, slot: 10 * round, opened, trainBegan: opened + 1000, trainEnded, published: trainEnded, closed: trainEnded + 1000, accepted: 2, usage: usageAt(round) };
  });
  const arrivals = rounds.map(({ round, trainEnded }) => ({ round, index: 1 - index, announced: trainEnded + 50, held: trainEnded + 500 }));
  return { node: String(index), index, rounds, arrivals, ended: { at: 100_000 * STEPS, slot: 40, usage: usageAt(STEPS) }, steps: STEPS, modelHash: 'ab', points: '1', warnings: { X: 1 } };
}

const landed = (name: string, slot: number) => ({ slot, name, units: 1000, limit: 2000, fee: 5000, payer: 'p', ok: true, bytes: 300 });

function result(clients: ClientLog[]): CrewResult {
  // Warmup's and RoundTrain's openings, then a tick per round, the last into Cooldown, and out of it.
  const ticks = [-5, 0, 10, 20, 30, 40, 50].map((slot) => landed('tick', slot));
  const votes = [5, 15, 25, 25, 35, 35].map((slot) => landed('witness', slot));
  return {
    clients, hostRss: [], landed: [...ticks, ...votes, landed('join_run', 25)].sort((a, b) => a.slot - b.slot),
    samples: [{ at: 200_000, busy: 0.5, validatorCpuMs: 100 }, { at: 300_000, busy: 0.7, validatorCpuMs: 300 }],
  };
}

const options = { clients: 2, perProcess: 1, steps: STEPS, times: [2000] };

test('what clients noted comes to figures per client and round, without the first rounds', () => {
  const s = summarize(options, result([0, 1].map((i) => log(i, () => 8000))), 1000);
  assert.equal(s.rounds, 2);
  assert.deepEqual([s.announcement.p50, s.payload.p99, s.askedFor], [50, 500, 0]);
  assert.deepEqual([s.peersUp, s.peersDown, s.chainDown, s.cpuMs, s.rss], [100, 200, 2, 10, 5]);
  assert.equal(s.least, 1000 + ANNOUNCEMENT_BYTES);
  assert.equal(s.roundMs, 100_000);
  assert.ok(Math.abs(s.notTraining - 0.92) < 1e-9);
  // Rounds 2 and 3: two votes and a tick each.
  assert.deepEqual([s.transactions, s.units], [3, 3000]);
  assert.deepEqual([s.complete, s.validatorCpuMs, s.warnings], [1, 200, { X: 2 }]);
  assert.ok(Math.abs(s.machineBusy - 0.6) < 1e-9);
});

test('clients that ended with different models, or too early, are no measurement', () => {
  const [first, second] = [0, 1].map((i) => log(i, () => 8000));
  assert.throws(() => summarize(options, result([first, { ...second, modelHash: 'cd' }]), 1000), /2 different models/);
  assert.throws(() => summarize(options, result([first, { ...second, steps: 3 }]), 1000), /step 3 of 4/);
});

test('utilisation is time training by time in RoundTrain, for each T by itself', () => {
  const times = [1, 1, 2000, 18_000];
  const points = pointsOf([0, 1].map((i) => log(i, (round) => times[round])), times);
  assert.deepEqual(points.map((p) => [p.trainMs, p.rounds, p.utilisation]), [[2000, 1, 0.5], [18_000, 1, 0.9]]);
  const [{ seedMs, exchangeMs, closeMs }] = points;
  assert.deepEqual([seedMs, exchangeMs, closeMs], [1000, 500, 500]);
  // Two seconds of a round are not training: 38 s of training are 95 %.
  assert.equal(expectedSmallest(points), 38_000);
  assert.equal(smallestOf(points), undefined);
  assert.equal(smallestOf([...points, { ...points[1], trainMs: 40_000, utilisation: 0.952 }])?.trainMs, 40_000);
});
