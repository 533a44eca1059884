import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perProcessFor } from './layout.js';

test('clients share processes only where memory is short, and no more of them than have to', () => {
  // 100 for a process, 20 for each client in it.
  const [alone, together] = [{ rss: 120 }, { rss: 100 / 8 + 20, perProcess: 8 }];
  assert.equal(perProcessFor(10, alone, together, 1200), 1);
  assert.equal(perProcessFor(10, alone, together, 1199), 2);
  assert.equal(perProcessFor(64, alone, together, 64 * (100 / 4 + 20)), 4);
  assert.equal(perProcessFor(64, alone, together, 64 * 20), 64);
});
