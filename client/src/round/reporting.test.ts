import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from './context.js';
import type { ParticipantEvent } from './events.js';
import { evaluate } from './reporting.js';

type Work = (evaluator: unknown, signal: AbortSignal) => Promise<{ name: string; tag: string; value: number }[]>;

function context(evaluateTasks: Work, warmupSlots: number, tasks: unknown[] = []): { context: Context; events: ParticipantEvent[] } {
  const events: ParticipantEvent[] = [];
  const parts = {
    data: { heldOut: async (count: number) => Array.from({ length: count }, () => Int32Array.of(1, 2)) },
    engine: { evaluateTasks }, tasks, tokenizer: { encode: () => new Int32Array(0) }, tally: { figures: [], heldOutLoss: NaN },
    view: { epoch: 1, step: 5, config: { warmupSlots, slotMs: 30 } },
    emit: (event: ParticipantEvent) => void events.push(event),
  };
  return { context: parts as unknown as Context, events };
}

const signal = new AbortController().signal;

test('an evaluation that would take too much of Warmup is given up, and the member goes on', async () => {
  const endless: Work = (_, stop) => new Promise((_resolve, reject) => stop.addEventListener('abort', () => reject(stop.reason as Error)));
  const { context: c, events } = context(endless, 1);
  // The limit's timer does not keep a process alive.
  const alive = setTimeout(() => {}, 10_000);
  await evaluate(c, 4, signal);
  clearTimeout(alive);
  assert.deepEqual(events.map((e) => e.event === 'warning' && e.code), ['EVALUATION_CUT']);

  const stop = new AbortController();
  stop.abort();
  await assert.rejects(evaluate(context((_, s) => Promise.reject(s.reason as Error), 1e9).context, 4, stop.signal, true), { name: 'AbortError' });
});

test('a task that does not fit the model is a warning, not the end of a membership', async () => {
  const { context: c, events } = context(() => Promise.reject(Object.assign(new Error('too long'), { code: 'CONTINUATION_TOO_LONG' })), 1e9);
  await evaluate(c, 4, signal);
  assert.deepEqual(events, [{ event: 'warning', code: 'CONTINUATION_TOO_LONG', message: 'the evaluation was given up: too long' }]);
});

test('tasks are scored without held-out sequences, too, and nothing without either', async () => {
  const figure = { name: 'arc/acc', tag: 'arc.0a', value: 0.25 };
  const { context: c, events } = context(async () => [figure], 1e9, [{}]);
  await evaluate(c, 0, signal);
  assert.deepEqual(events, [{ event: 'evaluated', epoch: 1, step: 5, heldOutLoss: undefined, figures: { 'arc/acc': 0.25 } }]);
  const none = context(async () => assert.fail(), 1e9);
  await evaluate(none.context, 0, signal);
  assert.deepEqual(none.events, []);
});
