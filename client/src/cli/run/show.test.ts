import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunView } from '../../protocol/run-view.js';
import { describeRun } from './show.js';

test('what is on the chain reaches the terminal without control characters', () => {
  const run = {
    runId: 'demo\u009b2J', address: 'A', authority: 'B', clientVersion: '0.1\u001b[31m\n', state: 'Paused', epoch: 1, round: 2, step: 3, tokensProcessed: 4n, batchSize: 0,
    pointsAwardedTotal: 0n, pointsEarnedTotal: 0n, stateStartSlot: 5n, config: { totalSteps: 9, pointsPerStep: 1n, slotMs: 400 }, members: [], pending: [],
    checkpoint: { location: 'https://a/\u001b]0;title\u0007\u202e', hash: new Uint8Array(32) },
  } as unknown as RunView;
  const text = describeRun(run, 10);
  assert.match(text, /Run demo\ufffd2J/);
  assert.match(text, /"https:\/\/a\/\ufffd\]0;title\ufffd\ufffd"/);
  assert.doesNotMatch(text.replace(/\n/g, ''), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
});
