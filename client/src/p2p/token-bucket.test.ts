import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { test } from 'node:test';
import { TokenBucket } from './token-bucket.js';

const never = new AbortController().signal;

test('a burst at once, then as much as time has brought', () => {
  let now = 0;
  const bucket = new TokenBucket(10, 2, () => now);
  for (let i = 0; i < 10; i++) assert.ok(bucket.tryTake());
  assert.ok(!bucket.tryTake());
  now += 1_000;
  assert.ok(bucket.tryTake(2));
  assert.ok(!bucket.tryTake());
  assert.ok(!bucket.isFull);
  now += 1e6;
  assert.ok(bucket.isFull);
  assert.ok(bucket.tryTake(10));
  assert.ok(!bucket.tryTake());
});

test('who waits is served in order, also behind one that gave up', async () => {
  let now = 0;
  const bucket = new TokenBucket(1, 100, () => now);
  await bucket.take(1, never);
  const order: number[] = [];
  const controller = new AbortController();
  const waits = [1, 2, 3].map((n) => bucket.take(1, n === 1 ? controller.signal : never).then(() => order.push(n)));
  const rejected = assert.rejects(waits[0], /enough/);
  controller.abort(new Error('enough'));
  await rejected;
  now += 10;
  await waits[1];
  assert.deepEqual(order, [2]);
  now += 10;
  await waits[2];
  assert.deepEqual(order, [2, 3]);
  await assert.rejects(bucket.take(1, AbortSignal.abort(new Error('before'))), /before/);
});

test('more than a burst is a burst: nothing waits for ever', async () => {
  const bucket = new TokenBucket(5, 1_000, () => 0);
  await bucket.take(1_000, never);
  assert.ok(!bucket.tryTake(5));
});

test('the line is bounded', async () => {
  const bucket = new TokenBucket(1, 1, () => 0);
  await bucket.take(1, never);
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const waits = Array.from({ length: 256 }, () => assert.rejects(bucket.take(1, controller.signal), /enough/));
  await assert.rejects(bucket.take(1, never), { code: 'REFUSED' });
  controller.abort(new Error('enough'));
  await Promise.all(waits);
});
