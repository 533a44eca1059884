import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distributionOf, lineThrough, median, quantile } from './statistics.js';

test('quantiles lie between the values, whatever their order', () => {
  const values = [4, 1, 3, 2];
  assert.equal(median(values), 2.5);
  assert.equal(quantile(values, 0), 1);
  assert.equal(quantile(values, 1), 4);
  assert.equal(quantile([7], 0.99), 7);
  assert.ok(Number.isNaN(quantile([], 0.5)));
  assert.deepEqual(values, [4, 1, 3, 2]);
  const { count, p50, max } = distributionOf(Array.from({ length: 101 }, (_, i) => i));
  assert.deepEqual([count, p50, max], [101, 50, 100]);
});

test('a line through points that lie on one is that one', () => {
  const { at0, slope } = lineThrough([8, 16, 64].map((x) => [x, 3 + 0.5 * x] as const));
  assert.ok(Math.abs(at0 - 3) < 1e-9 && Math.abs(slope - 0.5) < 1e-9);
  assert.deepEqual(lineThrough([[8, 5]]), { at0: 5, slope: 0 });
});
