import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstToDeliver } from './sources.js';

const never = (signal: AbortSignal) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const live = () => new AbortController().signal;

test('asks in order, and stops at the first that delivers', async () => {
  const asked: string[] = [];
  const result = await firstToDeliver(['a', 'b', 'c'], live(), async (source) => {
    asked.push(source);
    if (source === 'a') throw new Error('no');
    return source;
  });
  assert.equal(result, 'b');
  assert.deepEqual(asked, ['a', 'b']);
});

test('a silent source is not waited for, and told to stop', async () => {
  let stopped = false;
  const result = await firstToDeliver(['silent', 'good'], live(), (source, signal) => {
    signal.addEventListener('abort', () => (stopped = true));
    return source === 'good' ? Promise.resolve(source) : never(signal);
  }, 5);
  assert.equal(result, 'good');
  assert.ok(stopped);
});

test('never more than two at a time', async () => {
  let [now, most] = [0, 0];
  const sources = Array.from({ length: 6 }, (_, i) => i);
  await assert.rejects(
    firstToDeliver(sources, live(), async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
      throw new Error('no');
    }, 1),
    AggregateError,
  );
  assert.equal(most, 2);
});

test('when all fail at once nobody waits for the second lane', async () => {
  const start = performance.now();
  await assert.rejects(firstToDeliver(['a'], live(), () => Promise.reject(new Error('no'))), AggregateError);
  await assert.rejects(firstToDeliver([], live(), () => Promise.resolve(1)), AggregateError);
  assert.ok(performance.now() - start < 1_000);
});

test('the caller can give up', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const result = assert.rejects(firstToDeliver(['a'], controller.signal, (_, signal) => never(signal)), reason);
  controller.abort(reason);
  await result;
});
