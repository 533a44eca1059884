import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coolDown, playRound, startEpoch, startTraining } from './support/epoch.js';
import { Scene } from './support/scene.js';

const DAYS_30 = (30 * 86_400 * 1000) / 400;

describe('resume', () => {
  it('opens a run whose manifest is sealed, by its authority alone, once', async () => {
    const scene = await Scene.created();
    await scene.refused('ManifestNotSealed', 'resume', scene.authority);
    const sealed = await Scene.sealed({ network: scene.network, runId: 'sealed' });
    await sealed.refused('NotAuthority', 'resume', sealed.anyone);
    await sealed.ok('resume', sealed.authority);
    assert.equal(sealed.view().state, 'WaitingForMembers');
    await sealed.refused('WrongState', 'resume', sealed.authority);
  });

  it('is the treasury\'s where the run names one', async () => {
    const scene = await Scene.sealed({ treasury: true });
    await scene.refused('ResumeThroughTreasury', 'resume', scene.authority);
  });
});

describe('pause', () => {
  it('is at once while waiting for members, who stay on the list', async () => {
    const scene = await Scene.open();
    await scene.join(scene.node(0));
    await scene.refused('NotAuthority', 'pause', scene.anyone);
    await scene.ok('pause', scene.authority);
    const paused = scene.view();
    assert.deepEqual([paused.state, paused.pending.length, paused.pauseRequested, paused.minReachedSlot], ['Paused', 1, false, 0n]);
    await scene.refused('WrongState', 'pause', scene.authority);
    await scene.refused('WrongState', 'tick', scene.anyone);
    await scene.refused('WrongState', 'joinRun', scene.node(1).key, scene.joining(scene.node(1)));
    await scene.ok('resume', scene.authority);
    assert.equal(scene.view().minReachedSlot, BigInt(scene.network.slot), 'the extra time starts anew');
    await startEpoch(scene, [scene.node(0)]);
    assert.equal(scene.view().state, 'Warmup');
  });

  it('waits for the end of Cooldown during an epoch', async () => {
    const scene = await Scene.open({ settings: { epochTime: 1 } });
    const nodes = scene.nodes(2);
    await startTraining(scene, nodes);
    await scene.ok('pause', scene.authority);
    assert.deepEqual([scene.view().state, scene.view().pauseRequested], ['RoundTrain', true]);
    await playRound(scene, nodes);
    assert.equal(scene.view().state, 'Cooldown');
    await coolDown(scene, nodes);
    assert.deepEqual([scene.view().state, scene.view().epoch, scene.view().pauseRequested], ['Paused', 1, false]);
    await scene.ok('resume', scene.authority);
    await startTraining(scene, nodes);
    assert.deepEqual([scene.view().state, scene.view().step], ['RoundTrain', 1]);
  });

  it('is not for a run that has not begun, or has finished', async () => {
    const scene = await Scene.sealed();
    await scene.refused('WrongState', 'pause', scene.authority);
    await scene.ok('finish', scene.authority);
    await scene.refused('WrongState', 'pause', scene.authority);
    await scene.refused('WrongState', 'resume', scene.authority);
    await scene.refused('WrongState', 'tick', scene.anyone);
  });
});

describe('finish', () => {
  it('ends a run that never began, by its authority', async () => {
    const scene = await Scene.created();
    await scene.refused('NotAuthority', 'finish', scene.anyone);
    await scene.ok('finish', scene.authority);
    assert.equal(scene.view().state, 'Finished');
    await scene.refused('NotFinishable', 'finish', scene.authority);
  });

  it('ends a paused run after 30 days, and no other', async () => {
    const scene = await Scene.open();
    await scene.refused('NotFinishable', 'finish', scene.authority);
    await scene.ok('pause', scene.authority);
    scene.pass(DAYS_30 - 1);
    await scene.refused('NotFinishable', 'finish', scene.authority);
    scene.pass(1);
    await scene.ok('finish', scene.authority);
    assert.equal(scene.view().state, 'Finished');
  });
});
