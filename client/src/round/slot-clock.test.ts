import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlotClock } from './slot-clock.js';

function clockOf() {
  const time = { ms: 0 };
  return { time, clock: new SlotClock(400, () => time.ms) };
}

test('it runs on by itself for a few slots, and waits then', () => {
  const { time, clock } = clockOf();
  clock.observe(100);
  time.ms = 900;
  assert.equal(clock.current(), 102);
  time.ms = 3_600_000;
  assert.equal(clock.current(), 105);
});

test('an older slot is passed over, unless for half a minute there is no newer one', () => {
  const { time, clock } = clockOf();
  clock.observe(2 ** 50);
  time.ms = 30_000;
  clock.observe(100);
  assert.ok(clock.current() >= 2 ** 50);
  time.ms = 30_001;
  clock.observe(101);
  assert.equal(clock.current(), 101);
  clock.observe(99);
  assert.equal(clock.current(), 101);
});
