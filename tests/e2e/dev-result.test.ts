import assert from 'node:assert/strict';
import test from 'node:test';
import { problems, type DevResult } from './dev-result.js';

function result(): DevResult {
  const client = { points: 500, tokensClaimed: 0.5, modelHash: 'a1'.repeat(32), lamportsSpent: 1, bytesSent: 1 };
  return {
    epochs: 2, steps: 1, clients: [{ pubkey: 'A', ...client }, { pubkey: 'B', ...client }], lossFirst: 4, lossLast: 3, unigramEntropy: 3.3,
    payloadBytesPerStep: 10, gradientBytes: 10_000, seconds: 100, pointsAwarded: 1000,
  };
}

test('a good result has no problems', () => assert.deepEqual(problems(result(), { clients: 2, epochs: 2, seconds: 180 }), []));

test('each problem is found', () => {
  const cases: [RegExp, (r: DevResult) => void][] = [
    [/epochs, not 2/, (r) => (r.epochs = 3)],
    [/more than 180/, (r) => (r.seconds = 181)],
    [/not below/, (r) => (r.lossLast = 3.4)],
    [/θ hashes/, (r) => (r.clients[0].modelHash = 'b1'.repeat(32))],
    [/B claimed no tokens/, (r) => (r.clients[1].tokensClaimed = 0)],
    [/hold 1000 points, 999 were awarded/, (r) => (r.pointsAwarded = 999)],
    [/more than 1 %/, (r) => (r.payloadBytesPerStep = 101)],
    [/lossFirst is NaN/, (r) => (r.lossFirst = Number.NaN)],
  ];
  for (const [sentence, change] of cases) {
    const changed = result();
    change(changed);
    assert.ok(problems(changed, { clients: 2, epochs: 2, seconds: 180 }).some((p) => sentence.test(p)), String(sentence));
  }
  assert.ok(problems(result(), { clients: 3 }).includes('2 clients, not 3'));
});
