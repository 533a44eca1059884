import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BAN_MS, DISCONNECT_AT, HALF_LIFE_MS, MAX_SCORES, OFFENCES } from './constants.js';
import { ScoreStore } from './store.js';

const peer = (i: number): Uint8Array => new Uint8Array(new Uint32Array(8).fill(i).buffer);

function store(): { scores: ScoreStore; pass(ms: number): void } {
  let now = 5;
  return { scores: new ScoreStore(() => now), pass: (ms) => (now += ms) };
}

test('a proven lie costs the connection at once, a second one is a ban', () => {
  const { scores } = store();
  assert.deepEqual(scores.punish(peer(1), 'WRONG_HASH'), { before: 'good', after: 'disconnected' });
  assert.deepEqual(scores.punish(peer(1), 'BAD_ANSWER'), { before: 'disconnected', after: 'banned' });
  assert.ok(scores.isBarred(peer(1)));
  assert.ok(!scores.isBarred(peer(2)));
});

test('being slow, gone, without a payload or with one of another size than announced costs nothing', () => {
  const { scores } = store();
  for (let i = 0; i < 1000; i++) for (const code of ['PEER_TIMEOUT', 'STREAM_ENDED', 'NOT_FOUND', 'REFUSED', 'NOT_CONNECTED', 'WRONG_SIZE'] as const) scores.punish(peer(1), code);
  assert.equal(scores.standing(peer(1)), 'good');
});

test('two messages that may be a misunderstanding are forgiven, a third within minutes is not', () => {
  const { scores, pass } = store();
  scores.punish(peer(1), 'BAD_MESSAGE');
  assert.equal(scores.punish(peer(1), 'BAD_MESSAGE').after, 'good');
  pass(2 * HALF_LIFE_MS);
  assert.equal(scores.punish(peer(1), 'BAD_MESSAGE').after, 'good');
  assert.equal(scores.punish(peer(1), 'BAD_MESSAGE').after, 'disconnected');
});

test('scores fade by half, and a disconnected peer may come back', () => {
  const { scores, pass } = store();
  scores.punish(peer(1), 'WRONG_HASH');
  const ms = HALF_LIFE_MS * Math.log2(OFFENCES.WRONG_HASH! / DISCONNECT_AT);
  assert.ok(Math.abs(scores.barredFor(peer(1)) - ms) < 1e-6);
  pass(ms - 1);
  assert.equal(scores.standing(peer(1)), 'disconnected');
  pass(2);
  assert.equal(scores.barredFor(peer(1)), 0);
  assert.equal(scores.standing(peer(1)), 'good');
});

test('during a ban nothing fades; after it a peer is let in when its score has', () => {
  const { scores, pass } = store();
  for (let i = 0; i < 2; i++) scores.punish(peer(1), 'STREAM_FLOODED');
  assert.equal(scores.standing(peer(1)), 'banned');
  pass(BAN_MS - 1);
  assert.equal(scores.standing(peer(1)), 'banned');
  assert.ok(Math.abs(scores.barredFor(peer(1)) - 1 - HALF_LIFE_MS * Math.log2(3)) < 1e-6);
  pass(1);
  assert.equal(scores.standing(peer(1)), 'disconnected');
  pass(2 * HALF_LIFE_MS);
  assert.equal(scores.standing(peer(1)), 'good');
});

test('scores are bounded in number, and the worst are remembered', () => {
  const { scores } = store();
  scores.punish(peer(0), 'WRONG_HASH');
  for (let i = 1; i <= 2 * MAX_SCORES; i++) scores.punish(peer(i), 'BAD_MESSAGE');
  assert.ok(scores.isBarred(peer(0)));
  assert.equal((scores as unknown as { scores: Map<string, unknown> }).scores.size, MAX_SCORES);
});
