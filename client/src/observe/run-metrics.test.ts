import assert from 'node:assert/strict';
import test from 'node:test';
import { RunMetrics } from './run-metrics.js';
import { renderTable } from './run-table.js';
import type { TimedEvent } from './json-lines.js';

/** What one client says in a run of two steps. */
function stream(node: string, loss: number): TimedEvent[] {
  return [
    { event: 'joined', node, run: 'R', backend: 'wasm', parameters: 1000, unigramEntropy: 3.31, stepsTotal: 2 },
    { event: 'state', state: 'RoundTrain', epoch: 0, round: 0, step: 0, slot: 100, member: true },
    { event: 'evaluated', epoch: 0, step: 0, heldOutLoss: 4.2, figures: {} },
    { event: 'trained', epoch: 0, round: 0, step: 0, loss, tokens: 512, seconds: 0.5, tokensPerSecond: 1024 },
    { event: 'announced', epoch: 0, round: 0, step: 0, bytes: 120 },
    { event: 'applied', epoch: 0, round: 0, step: 0, accepted: 2, seconds: 0.01 },
    { event: 'trained', epoch: 0, round: 1, step: 1, loss: loss - 1, tokens: 512, seconds: 0.5, tokensPerSecond: 1000 },
    { event: 'announced', epoch: 0, round: 1, step: 1, bytes: 80 },
    { event: 'evaluated', epoch: 0, step: 2, heldOutLoss: 3.1, figures: {} },
    { event: 'stats', bytesUp: 2000, bytesDown: 3000, peers: 1, transactions: 5, lamportsSpent: '25000', roundsTrained: 2, roundsMissed: 0 },
    { event: 'points', points: '600', epochPoints: '400' },
  ];
}

function fixture(): RunMetrics {
  const metrics = new RunMetrics(['client 1', 'client 2']);
  stream('NodeOneAAAAAAAAAAAAAAAA', 4).forEach((e) => metrics.apply(0, e));
  stream('NodeTwoBBBBBBBBBBBBBBBB', 3.5).forEach((e) => metrics.apply(1, e));
  return metrics;
}

test('a client is what its events say', () => {
  const metrics = fixture();
  const [one] = metrics.clients;
  assert.equal(one.step, 1);
  assert.deepEqual(one.losses, [4, 3]);
  assert.equal(one.points, 1000n);
  assert.equal(one.heldOutFirst, 4.2);
  assert.equal(one.heldOutLast, 3.1);
  assert.equal(metrics.stepsTotal, 2);
  assert.equal(metrics.payloadBytesPerStep, 100);
  assert.equal(metrics.gradientBytes, 4000);
});

test('unknown events, unknown clients and bad numbers change nothing', () => {
  const metrics = fixture();
  metrics.apply(9, stream('x', 1)[0]);
  metrics.apply(0, { event: 'from the future' } as unknown as TimedEvent);
  metrics.apply(0, { event: 'points', points: '-1', epochPoints: 'much' });
  assert.equal(metrics.clients[0].points, 0n);
});

test('the end: what a client says last counts', () => {
  const metrics = fixture();
  metrics.apply(0, {
    event: 'finished', state: 'Finished', epochs: 1, step: 2, modelHash: 'ab', heldOutLoss: 3.05, points: '1000', transactions: 7,
    lamportsSpent: '35000', bytesUp: 2100, bytesDown: 3100, sample: 'To be', checkpoint: '/x',
  });
  const [one] = metrics.clients;
  assert.equal(one.heldOutLast, 3.05);
  assert.equal(one.points, 1000n);
  assert.equal(one.lamportsSpent, 35000n);
  assert.equal(one.state, 'Finished');
});

test('the table: a header, bars, one row a client, in the width there is', () => {
  const metrics = fixture();
  const context = { title: 'psyche dev', epochs: 2, elapsed: 61, runProgress: 0.5, epochProgress: 0.25, notes: ['client 2 has left'], width: 120 };
  const lines = renderTable(metrics, context);
  assert.match(lines[0], /psyche dev · epoch 1 of 2 · slot 100 · 1:01/);
  assert.match(lines[1], /█{16}░{16} step 1 · held-out loss 4\.200 → 3\.100 · unigram entropy 3\.310/);
  assert.match(lines[5], /client 1 +Node…AAAA +RoundTrain +0 +1 +3\.000 +█▁ +1,000 +1,000 +2\.0 kB +3\.0 kB +1/);
  assert.equal(lines.at(-1), 'client 2 has left');
  assert.ok(renderTable(metrics, { ...context, width: 40 }).every((l) => l.length <= 40));
  assert.match(lines[2], /█{8}░{24} RoundTrain · round 0 · payload 100 B a step, full gradient 4\.0 kB/);
});

test('before anything is known the table stands and shows dashes', () => {
  const lines = renderTable(new RunMetrics(['client 1']), { title: 't', epochs: 1, elapsed: 0, runProgress: 0, epochProgress: 0, notes: [], width: 100 });
  assert.match(lines[5], /client 1 +– +starting +0 +0 +– /);
});
