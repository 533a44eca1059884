import assert from 'node:assert/strict';
import test from 'node:test';
import { bar, bytes, clock, count, nats, printable, short, sparkline } from './format.js';

test('numbers are shown as people read them', () => {
  assert.equal(count(1234567), '1,234,567');
  assert.equal(count(12345678901234567890n), '12,345,678,901,234,567,890');
  assert.equal(count(999), '999');
  assert.equal(nats(3.30549), '3.305');
  assert.equal(bytes(999), '999 B');
  assert.equal(bytes(1440), '1.4 kB');
  assert.equal(bytes(999_600), '1.0 MB');
  assert.equal(bytes(3_360_000), '3.4 MB');
  assert.equal(bytes(336_000_000), '336 MB');
  assert.equal(clock(125.9), '2:05');
});

test('what is not known is a dash, never NaN', () => {
  for (const show of [count, nats, bytes, clock]) {
    assert.equal(show(undefined), '–');
    assert.equal(show(Number.NaN), '–');
  }
  assert.equal(short(undefined), '–');
});

test('bars and sparklines keep to their width', () => {
  assert.equal(bar(0.5, 4), '██░░');
  assert.equal(bar(7, 4), '████');
  assert.equal(bar(Number.NaN, 4), '░░░░');
  assert.equal(sparkline([1, 2, 3], 2), '▁█');
  assert.equal(sparkline([2, 2], 8), '▁▁');
  assert.equal(sparkline([], 8), '');
});

test('text from outside cannot move the cursor', () => {
  assert.equal(printable('a\x1b[2Jb\u202ec', 100), 'a\ufffd[2Jb\ufffdc');
  assert.equal(printable('x'.repeat(10), 3), 'xxx…');
  assert.equal(short('7XkAAAAAAAA9fQa'), '7XkA…9fQa');
});
