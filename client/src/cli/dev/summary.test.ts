import assert from 'node:assert/strict';
import test from 'node:test';
import { brokenPromises, renderSummary, toJson, type RunResult } from './summary.js';

function result(change: (run: RunResult) => void = () => {}): RunResult {
  const run: RunResult = {
    epochs: 2,
    steps: 3,
    clients: [
      { label: 'client 1', pubkey: 'NodeOneAAAAAAAAAAAA', points: 1500n, tokensClaimed: 1_500_000n, modelHash: 'ab'.repeat(32), lamportsSpent: 25_000n, bytesSent: 12_000 },
      { label: 'client 2', pubkey: 'NodeTwoBBBBBBBBBBBB', points: 1499n, tokensClaimed: 1_499_000n, modelHash: 'ab'.repeat(32), lamportsSpent: 26_000n, bytesSent: 13_000 },
    ],
    pointsAwarded: 2999n,
    pointsPerStep: 1000n,
    pointsCarried: 1n,
    pointsForfeited: 0n,
    convicted: [{ epoch: 1, node: 'NodeTwoBBBBBBBBBBBB' }],
    tokensPaid: 2_999_000n,
    tokenDecimals: 6,
    rate: { num: 1000n, den: 1n },
    lossFirst: 4.2,
    lossLast: 2.9,
    unigramEntropy: 3.31,
    payloadBytesPerStep: 1400,
    gradientBytes: 3_360_000,
    transactions: 42,
    seconds: 125.2,
    secondsToFirstLoss: 9.5,
    agreedHash: 'ab'.repeat(32),
    sample: 'KING:\nwhat \x1b[2J',
    checkpoint: '/somewhere/checkpoint',
  };
  change(run);
  return run;
}

test('a run that kept its promises has none broken', () => {
  assert.deepEqual(brokenPromises(result()), []);
});

test('every promise that is not kept is named', () => {
  const cases: [RegExp, (run: RunResult) => void][] = [
    [/θ hashes differ/, (r) => (r.clients[1].modelHash = 'cd'.repeat(32))],
    [/no quorum of the members/, (r) => (r.agreedHash = undefined)],
    [/not the one agreed on chain/, (r) => (r.agreedHash = 'ef'.repeat(32))],
    [/client 2 did not reach the end/, (r) => (r.clients[1].modelHash = undefined)],
    [/hold 2998 points, but 2999 were awarded/, (r) => (r.clients[1].points = 1498n)],
    [/3 steps are worth 3000 points, but 2999 are accounted for/, (r) => (r.pointsCarried = 0n)],
    [/received 2998000 base units, but the treasury paid 2999000/, (r) => (r.clients[1].tokensClaimed = 1_498_000n)],
    [/client 2 is owed 1499000 base units for its points, but received 1499001/, (r) => (r.clients[1].tokensClaimed = 1_499_001n)],
    [/client 1 was not paid/, (r) => (r.clients[0].tokensClaimed = 0n)],
    [/ended at 3\.400 nats, not below the text's unigram entropy of 3\.310/, (r) => (r.lossLast = 3.4)],
    [/not below/, (r) => (r.lossLast = Number.NaN)],
    [/no client took part/, (r) => (r.clients = [])],
  ];
  for (const [sentence, change] of cases) {
    assert.ok(brokenPromises(result(change)).some((s) => sentence.test(s)), String(sentence));
  }
});

test('the JSON object has the fields it is known for', () => {
  const json = JSON.parse(JSON.stringify(toJson(result())));
  for (const key of ['epochs', 'steps', 'clients', 'lossFirst', 'lossLast', 'unigramEntropy', 'payloadBytesPerStep', 'gradientBytes', 'seconds']) assert.ok(key in json, key);
  assert.deepEqual(json.clients[0], { pubkey: 'NodeOneAAAAAAAAAAAA', points: 1500, tokensClaimed: 1.5, modelHash: 'ab'.repeat(32), lamportsSpent: 25000, bytesSent: 12000 });
});

test('the summary shows the sums beside what was awarded, and the sample harmless', () => {
  const text = renderSummary(result()).join('\n');
  assert.match(text, /held-out loss +4\.200 → 2\.900 nats \(the text's unigram entropy: 3\.310\)/);
  assert.match(text, /1\.4 kB a step and client; the full gradient: 3\.4 MB, 2,400 times as much/);
  assert.match(text, /together +2,999 +2\.999 +51,000 +25 kB/);
  assert.match(text, /awarded on chain +2,999 +2\.999/);
  assert.match(text, /3 steps of 1,000 points: 2,999 awarded, 1 carried\n/);
  assert.match(text, /abababab…abababab/);
  assert.match(text, /convicted of equivocation in epoch 2: Node…BBBB/);
  assert.ok(!text.includes('\x1b'));
});
