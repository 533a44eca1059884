import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointHealth, type HealthOptions } from './endpoint-health.js';

const endpoint = { rpcUrl: 'http://a', wsUrl: 'ws://a' };

function healthOf(options: HealthOptions = {}) {
  const clock = { ms: 0 };
  return { clock, health: new EndpointHealth(endpoint, { now: () => clock.ms, random: () => 1, ...options }) };
}

test('a node rests twice as long after each failure in a row, up to a minute, and not at all after an answer', () => {
  const { clock, health } = healthOf();
  const rests = Array.from({ length: 9 }, () => (health.failed('unreachable'), health.restMs));
  assert.deepEqual(rests, [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  clock.ms += 59_999;
  assert.equal(health.restMs, 1);
  clock.ms += 1;
  assert.equal(health.restMs, 0);
  health.answered(10);
  health.failed('slow');
  assert.equal(health.restMs, 500);
});

test('requests that were under way together fail once, and the longest time that the node names counts', () => {
  const { clock, health } = healthOf();
  clock.ms = 10;
  for (let i = 0; i < 6; i++) health.failed('refusing', undefined, 5);
  assert.equal(health.restMs, 500);
  clock.ms = 20;
  health.failed('refusing', 2_000, 5);
  assert.equal(health.restMs, 2_000);
  health.failed('refusing', undefined, 15);
  assert.equal(health.restMs, 1_000);
});

test('while one request finds out how it does, others leave it alone', () => {
  const { clock, health } = healthOf();
  health.failed('refusing');
  clock.ms += 500;
  health.probe();
  assert.deepEqual([health.trouble, health.restMs], ['refusing', 1_000]);
  health.answered(10);
  assert.deepEqual([health.trouble, health.restMs], [undefined, 0]);
});

test('clients that lost it together come back apart; a time that it names itself is kept to', () => {
  const { health } = healthOf({ random: () => 0 });
  health.failed('unreachable');
  assert.equal(health.restMs, 250);
  health.failed('refusing', 7_000);
  assert.equal(health.restMs, 7_000);
});

test('an answer does not make a stuck or foreign node a good one', () => {
  for (const trouble of ['stuck', 'foreign'] as const) {
    const { health } = healthOf();
    health.failed(trouble, 1_000);
    health.answered(10);
    assert.deepEqual([health.trouble, health.restMs], [trouble, 1_000]);
    health.recover();
    assert.deepEqual([health.trouble, health.restMs], [undefined, 0]);
  }
});

test('what is expected of a node follows its answers, within bounds', () => {
  const { health } = healthOf();
  assert.equal(health.expectedMs, 1_000);
  for (let i = 0; i < 100; i++) health.answered(200);
  assert.equal(health.expectedMs, 300);
  for (let i = 0; i < 100; i++) health.answered(i % 2 === 0 ? 500 : 700);
  assert.ok(health.expectedMs > 900 && health.expectedMs < 1_100, `${health.expectedMs}`);
  for (let i = 0; i < 100; i++) health.answered(20_000);
  assert.equal(health.expectedMs, 3_000);
});
