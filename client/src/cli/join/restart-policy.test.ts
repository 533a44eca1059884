import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ending, RestartPolicy } from './restart-policy.js';

const MINUTE = 60_000;
const killed: Ending = { code: null, signal: 'SIGKILL', joined: true, lasted: MINUTE };
const failed = (error: string, joined: boolean): Ending => ({ code: 1, signal: null, joined, error, lasted: MINUTE });
const waits = (policy: RestartPolicy, endings: Ending[]): (number | string)[] =>
  endings.map((ending) => {
    const decision = policy.next(ending);
    return decision.again ? decision.afterMs : decision.why;
  });

test('crashes are followed by a start, ever later up to a minute, until a client has run for a while', () => {
  const policy = new RestartPolicy(() => 0.5);
  assert.deepEqual(waits(policy, Array<Ending>(9).fill(killed)), [1, 2, 4, 8, 16, 32, 60, 60, 60].map((s) => s * 1000));
  assert.deepEqual(waits(policy, [{ ...killed, lasted: 6 * MINUTE }, killed]), [1000, 2000]);
  assert.deepEqual([0, 1].map((random) => waits(new RestartPolicy(() => random), [killed])), [[800], [1200]]);
});

test('what would only repeat is not tried again', () => {
  const again = (ending: Ending): boolean => new RestartPolicy().next(ending).again;
  assert.equal(again({ ...killed, code: 0, signal: null }), false);
  assert.equal(again({ ...killed, code: 2, signal: null }), false);
  for (const error of ['NO_KEYPAIR', 'RUN_NOT_FOUND', 'DATA_DIFFERS', 'CLIENT_VERSION']) assert.equal(again(failed(error, false)), false, error);
  for (const error of ['RPC_UNREACHABLE', 'REMOTE_UNAVAILABLE', 'CANNOT_LISTEN', 'STATE_LOCKED', 'MANIFEST_MISMATCH']) assert.equal(again(failed(error, false)), true, error);
  for (const error of ['CONVICTED', 'CLIENT_VERSION']) assert.equal(again(failed(error, true)), false, error);
  for (const error of ['MANIFEST_CHANGED', 'RPC_UNREACHABLE', 'NO_FUNDS']) assert.equal(again(failed(error, true)), true, error);
});

test('who crashes again and again before it takes part is given up, who waits for its chain is not', () => {
  const early: Ending = { code: 70, signal: null, joined: false, lasted: 1000 };
  const decisions = (endings: Ending[]): boolean[] => {
    const policy = new RestartPolicy();
    return endings.map((ending) => policy.next(ending).again);
  };
  assert.deepEqual(decisions(Array<Ending>(10).fill(early)), [...Array<boolean>(9).fill(true), false]);
  // A port or folder in use may be let go of, or never.
  for (const error of ['CANNOT_LISTEN', 'STATE_LOCKED']) assert.deepEqual(decisions(Array<Ending>(10).fill(failed(error, false))), [...Array<boolean>(9).fill(true), false]);
  const broken = [...Array<Ending>(9).fill(early), killed, ...Array<Ending>(9).fill(early)];
  assert.ok(decisions(broken).every(Boolean));
  assert.ok(decisions(Array<Ending>(30).fill(failed('RPC_UNREACHABLE', false))).every(Boolean));
});
