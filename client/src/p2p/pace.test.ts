import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace, PaceBook, transferTimeout } from './pace.js';

const MIB = 1024 * 1024;

/** A peer with answers of 1 MiB that took `wait` and `transfer` each. */
function paceOf(answers: [wait: number, transfer: number][]): Pace {
  const pace = new Pace();
  for (const [wait, transfer] of answers) pace.observe(MIB, wait, transfer);
  return pace;
}

test('an unknown peer gets the time of a slow one', () => {
  const pace = new Pace();
  assert.equal(pace.timeout(MIB), transferTimeout(MIB));
  assert.equal(pace.expected(MIB), undefined);
  pace.observe(MIB, 1, 1);
  assert.equal(pace.timeout(MIB), transferTimeout(MIB)); // one answer says nothing yet
});

test('a peer that always answers at once is given up soon, but not before its event loop may have come free', () => {
  const pace = paceOf(Array.from({ length: 40 }, () => [2, 8]));
  assert.equal(pace.expected(MIB), 10);
  assert.equal(pace.timeout(MIB), 5_000);
  assert.equal(pace.timeout(1_000), 5_000);
});

test('median and deviation: one slow answer changes nothing, a slow peer is waited for', () => {
  const steady = paceOf(Array.from({ length: 31 }, () => [100, 4_000]));
  const before = steady.timeout(MIB);
  assert.equal(Math.round(before), 3 * 4_100); // a quarter of the median, eight times
  steady.observe(MIB, 60_000, 60_000);
  assert.equal(steady.timeout(MIB), before);
  const varying = paceOf(Array.from({ length: 32 }, (_, i) => [100, i % 2 === 0 ? 2_000 : 6_000]));
  assert.ok(varying.timeout(MIB) > before);
});

test('the time follows the bytes', () => {
  const pace = paceOf(Array.from({ length: 8 }, () => [400, 8_000]));
  assert.equal(pace.expected(MIB / 2), 4_400);
  assert.ok(pace.timeout(MIB) > pace.timeout(MIB / 2));
  assert.ok(pace.timeout(4 * MIB) <= 2 * transferTimeout(4 * MIB));
});

test('a small answer says nothing about a link', () => {
  const pace = new Pace();
  for (let i = 0; i < 8; i++) pace.observe(1_000, 40, 10);
  assert.equal(pace.expected(1_000), 50);
  assert.equal(pace.expected(MIB), undefined);
  assert.equal(pace.timeout(MIB), transferTimeout(MIB));
});

test('after a timeout the next answer gets longer, until one has come', () => {
  const pace = paceOf(Array.from({ length: 8 }, () => [1, 1]));
  pace.timedOut();
  assert.ok(pace.isLate);
  assert.equal(pace.timeout(MIB), 10_000);
  for (let i = 0; i < 20; i++) pace.timedOut();
  assert.equal(pace.timeout(MIB), 40_000);
  pace.observe(MIB, 1, 1);
  assert.ok(!pace.isLate);
  assert.equal(pace.timeout(MIB), 5_000);
});

test('as many peers are remembered as there can be members, and more', () => {
  const book = new PaceBook();
  const key = (i: number): Uint8Array => new Uint8Array(new Uint32Array(8).fill(i).buffer);
  const first = book.of(key(0));
  assert.equal(book.of(key(0)), first);
  for (let i = 1; i < 3_000; i++) book.of(key(i));
  assert.notEqual(book.of(key(0)), first);
  assert.ok((book as unknown as { paces: Map<string, unknown> }).paces.size <= 1024);
});
