import assert from 'node:assert/strict';
import test from 'node:test';
import { LiveView } from './live-view.js';
import { RunMetrics } from './run-metrics.js';
import type { TimedEvent } from './json-lines.js';

const trained = (step: number, loss: number): TimedEvent => ({ event: 'trained', epoch: 0, round: step, step, loss, tokens: 10, seconds: 1, tokensPerSecond: 10 });

function view(live: boolean): { metrics: RunMetrics; view: LiveView; text: () => string; feed: (i: number, e: TimedEvent) => void } {
  const metrics = new RunMetrics(['client 1', 'client 2']);
  let written = '';
  const stream = { write: (t: string) => (written += t), columns: 100, rows: 40 };
  const shown = new LiveView(metrics, { stream, live, title: 'psyche dev', epochs: 2, elapsed: () => 5 });
  return {
    metrics,
    view: shown,
    text: () => written,
    feed: (i, e) => {
      metrics.apply(i, e);
      shown.onEvent(i, e);
    },
  };
}

test('without a terminal: one line a step, whoever trained it first, and what is worth knowing', () => {
  const { feed, text, view: shown } = view(false);
  shown.start();
  feed(0, { event: 'state', state: 'Warmup', epoch: 0, round: 0, step: 0, slot: 1, member: true });
  feed(0, trained(0, 4));
  feed(1, trained(0, 5));
  feed(1, trained(1, 3.5));
  feed(1, { event: 'warning', code: 'X', message: 'peer is slow\x1b[2J' });
  shown.stop();
  assert.equal(
    text(),
    'epoch 1: warming up\nstep 0: loss 4.000, held-out –, 10 tokens/s, 0 points\nstep 1: loss 3.500, held-out –, 20 tokens/s, 0 points\nclient 2: peer is slow\ufffd[2J\n',
  );
});

test('a warning that comes again and again is shown three times', () => {
  const { feed, text } = view(false);
  for (let i = 0; i < 10; i++) feed(0, { event: 'warning', code: 'SLOW', message: `slow ${i}` });
  feed(1, { event: 'warning', code: 'SLOW', message: 'slow too' });
  assert.equal(text(), 'client 1: slow 0\nclient 1: slow 1\nclient 1: slow 2 (no more of this kind will be shown)\nclient 2: slow too\n');
});

test('on a terminal: the table, its notes, and the cursor given back', () => {
  const { feed, text, view: shown } = view(true);
  shown.start();
  feed(0, trained(0, 4));
  feed(1, { event: 'dropped', epoch: 0, round: 7 });
  shown.setProgress({ epoch: 1, fraction: 0.5 });
  shown.note('client 1 died', true);
  shown.stop();
  assert.match(text(), /run {3}█{24}░{8}/);
  assert.match(text(), /client 2 was dropped from epoch 1 in round 7/);
  assert.ok(text().endsWith('\x1b[?25hclient 1 died\n'));
  const length = text().length;
  shown.stop();
  assert.equal(text().length, length);
});
