import assert from 'node:assert/strict';
import test from 'node:test';
import { brokenPromises } from '../../client/src/cli/dev/summary.js';
import { TinyNetwork } from './tiny-network.js';

const TIMEOUT_MS = 120_000;

for (const clients of [1, 2]) {
  test(`a run of ${clients}: every step counted, one model, everyone paid to the unit`, { timeout: TIMEOUT_MS }, async () => {
    const tiny = await TinyNetwork.start({ clients }, AbortSignal.timeout(TIMEOUT_MS - 10_000));
    try {
      const result = await tiny.result();
      const view = await tiny.coordinator.fetchRun();
      assert.equal(view.state, 'Finished');
      assert.equal(result.steps, view.config.totalSteps);
      assert.ok(result.lossLast < result.lossFirst, `held-out loss ${result.lossFirst} -> ${result.lossLast}`);
      // So small a model needs not learn much in so few steps; everything else must hold.
      assert.deepEqual(brokenPromises(result).filter((p) => !p.includes('unigram entropy')), []);
    } finally {
      await tiny.stop();
    }
  });
}

test('kill -9 of one of three: the others go on, it is dropped, and trains again in the next epoch', { timeout: TIMEOUT_MS }, async () => {
  const VICTIM = 1;
  // Long enough for the others to notice, decide and go on within the epoch, on a busy machine too.
  const change = { epochTime: 15, waitingForMembersExtraTime: 2, totalSteps: 10_000 };
  const signal = AbortSignal.timeout(TIMEOUT_MS - 10_000);
  const tiny = await TinyNetwork.start({ clients: 3, minClients: 2, change }, signal);
  try {
    const victim = tiny.clients[VICTIM].node.publicKey.toBase58();
    const before = await tiny.when((run) => run.state === 'RoundTrain' && run.step >= 1);
    tiny.crew.kill(VICTIM);
    await tiny.crew.until(() => tiny.metrics.clients[VICTIM].died !== undefined, signal);

    const dropped = await tiny.when((run) => run.members.some((m) => m.key === victim && m.state === 'Dropped'));
    assert.equal(dropped.epoch, before.epoch, 'dropped in the epoch in which it died');
    assert.equal(dropped.members.filter((m) => m.state === 'Healthy').length, 2);
    assert.equal(tiny.metrics.clients[VICTIM].died, 'was ended by SIGKILL');

    // The same keys and the same state folder, as an operator would restart it.
    tiny.restart(VICTIM);
    const alone = await tiny.when((run) => run.epoch > dropped.epoch || run.step > dropped.step);
    assert.equal(alone.epoch, dropped.epoch, 'the others made steps without it');

    // It gets on the list as soon as it is up, and the next epoch to start is its own again.
    const listed = await tiny.when((run) => run.pending.some((p) => p.key === victim));
    const again = await tiny.when((run) => run.epoch > dropped.epoch && run.state === 'RoundTrain' && run.members.some((m) => m.key === victim && m.acceptedRounds > 0));
    assert.equal(again.epoch, listed.state === 'WaitingForMembers' ? listed.epoch : listed.epoch + 1, 'the next epoch to start');
    assert.equal(again.members.length, 3);
    await tiny.coordinator.pause();
    const result = await tiny.result();
    assert.deepEqual(brokenPromises(result).filter((p) => !p.includes('unigram entropy')), []);
  } finally {
    await tiny.stop();
  }
});
