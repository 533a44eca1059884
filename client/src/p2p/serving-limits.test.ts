import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServingLimits } from './serving-limits.js';

/** Work that ends when told to. */
function job(limits: ServingLimits, bytes: number, log: string[], name: string, signal = new AbortController().signal) {
  let finish!: () => void;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const done = limits.run(bytes, signal, async () => {
    log.push(name);
    await gate;
  });
  return { done, finish };
}

test('what does not fit waits its turn, in order', async () => {
  const limits = new ServingLimits(100);
  const log: string[] = [];
  const [a, b, c] = [job(limits, 60, log, 'a'), job(limits, 60, log, 'b'), job(limits, 10, log, 'c')];
  await new Promise(setImmediate);
  assert.deepEqual(log, ['a']); // c would fit, and does not overtake b
  a.finish();
  await a.done;
  await new Promise(setImmediate);
  assert.deepEqual(log, ['a', 'b', 'c']);
  b.finish();
  c.finish();
  await Promise.all([b.done, c.done]);
});

test('who gives up waiting makes room, and work that fails too', async () => {
  const limits = new ServingLimits(100);
  const log: string[] = [];
  const a = job(limits, 100, log, 'a');
  const controller = new AbortController();
  const b = job(limits, 100, log, 'b', controller.signal);
  const c = job(limits, 100, log, 'c');
  const reason = new Error('gone');
  const rejected = assert.rejects(b.done, reason);
  controller.abort(reason);
  await rejected;
  a.finish();
  c.finish();
  await Promise.all([a.done, c.done]);
  assert.deepEqual(log, ['a', 'c']);
  await assert.rejects(limits.run(100, new AbortController().signal, () => Promise.reject(new Error('failed'))), /failed/);
  assert.equal(await limits.run(100, new AbortController().signal, () => Promise.resolve(1)), 1);
});

test('one request larger than the limit still passes, alone', async () => {
  assert.equal(await new ServingLimits(10).run(50, new AbortController().signal, () => Promise.resolve('done')), 'done');
});
