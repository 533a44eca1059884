import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParticipantEvent } from '../../client/src/round/events.js';
import { Recorder } from './client-log.js';

const usage = { peersUp: 0, peersDown: 0, chainUp: 0, chainDown: 0, cpuMs: 0, rss: 1 };
const state = (name: string, round: number): ParticipantEvent => ({ event: 'state', state: name, epoch: 0, round, step: round, slot: 0, member: true });

/** A payload's header as far as it says whose it is. */
function payload(round: number, index: number): Uint8Array {
  const bytes = Buffer.alloc(48);
  bytes.writeUInt16LE(index, 2);
  bytes.writeUInt32LE(round, 8);
  return bytes;
}

test('a round lasts until the run leaves RoundTrain; what is the client\'s own is told from what reaches it', () => {
  let now = 0;
  const at = (ms: number, event: ParticipantEvent): void => {
    now = ms;
    recorder.emit(event);
  };
  const recorder = new Recorder('me', () => ({ ...usage, peersUp: now }), () => 2, () => now);
  at(0, state('Warmup', 0));
  at(100, state('RoundTrain', 0));
  at(150, state('RoundTrain', 0)); // a member was dropped
  at(1400, { event: 'trained', epoch: 0, round: 0, step: 0, loss: 1, tokens: 1, seconds: 1, tokensPerSecond: 1 });
  now = 1410;
  recorder.provided(payload(0, 2));
  now = 1500;
  recorder.announced({ round: 0, index: 1 });
  now = 1600;
  recorder.provided(payload(0, 1));
  recorder.provided(payload(0, 1));
  at(2000, state('RoundWitness', 0));
  at(2400, state('RoundTrain', 1));
  at(2450, { event: 'applied', epoch: 0, round: 0, step: 0, accepted: 3, seconds: 0 });
  at(3000, state('Cooldown', 1));
  at(3100, { event: 'warning', code: 'X', message: '' });
  assert.throws(() => recorder.log(2), /did not finish/);
  at(3200, { event: 'finished', state: 'Finished', epochs: 1, step: 2, modelHash: 'ab', heldOutLoss: NaN, points: '7', transactions: 0, lamportsSpent: '0', bytesUp: 0, bytesDown: 0, sample: '', checkpoint: '' });

  const log = recorder.log(2);
  assert.deepEqual(log.rounds.map(({ round, opened, closed }) => [round, opened, closed]), [[0, 100, 2000], [1, 2400, 3000]]);
  assert.deepEqual([log.rounds[0].trainBegan, log.rounds[0].trainEnded, log.rounds[0].published, log.rounds[0].accepted], [400, 1400, 1410, 3]);
  assert.deepEqual(log.arrivals, [{ round: 0, index: 1, announced: 1500, held: 1600 }]);
  assert.equal(log.ended?.at, 3000);
  assert.equal(log.ended?.usage.peersUp, 3000);
  assert.deepEqual(log.warnings, { X: 1 });
});
