import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bitmapOf } from '../../client/src/protocol/run-view.js';
import { coolDown, missRound, nodeOf, pinSeed, playRound, startEpoch, startTraining, vote } from './support/epoch.js';
import { events } from './support/events.js';
import { Scene } from './support/scene.js';
import { assertSumsExact } from './support/sums.js';

describe('health_check', () => {
  it('drops a trainer that a decided round misses; what it earned stays, and it may join the next epoch', async () => {
    const scene = await Scene.open({ settings: { totalSteps: 4 } });
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    await playRound(scene, nodes, [1]);
    const earned = scene.view().members[1].points;
    assert.ok(earned > 0n);
    const done = await scene.ok('healthCheck', scene.anyone, 0, 1, 1);
    const [event] = events(scene, done, 'MemberDropped');
    assert.deepEqual([event.round, String(event.node)], [1, scene.view().members[1].key]);
    assert.deepEqual([scene.view().members[1].state, scene.view().members[1].points], ['Dropped', earned]);
    await pinSeed(scene);
    assert.deepEqual([...scene.view().trainers].sort(), [0, 2], 'the next round has other trainers and witnesses');
    assert.deepEqual([...scene.view().witnesses].sort(), [0, 2]);
    await scene.refused('NotHealthy', 'healthCheck', scene.anyone, 0, 1, 1);
    const dropped = nodeOf(scene.view(), 1, nodes);
    await scene.join(dropped);
    await scene.refused('InRunningEpoch', 'leaveRun', dropped.key);
    await playRound(scene, nodes);
    await playRound(scene, nodes);
    assert.equal(scene.view().state, 'Cooldown');
    await coolDown(scene, nodes);
    assert.equal(scene.member(dropped)!.points, earned);
    assertSumsExact(scene);
  });

  it('leaves alone who did what a round asked for, and who had no share in it', async () => {
    const scene = await Scene.open({ settings: { globalBatchSizeStart: 2, globalBatchSizeEnd: 2 } });
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    const idle = scene.view().trainers[2];
    await playRound(scene, nodes);
    for (const index of [0, 1, 2]) await scene.refused('MemberIsHealthy', 'healthCheck', scene.anyone, 0, 0, index);
    assert.ok(scene.view().rounds[0].bitmap[0] < 7 && idle < 3);
  });

  it('drops a witness silent until a round closed at its deadline while others voted', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    const silent = scene.view().witnesses[2];
    await vote(scene, nodes, [0]);
    scene.pass(20);
    await scene.tick();
    await scene.refused('RoundNotKept', 'healthCheck', scene.anyone, 0, 0, silent);
    scene.pass(10);
    await scene.tick();
    assert.equal(scene.view().rounds[0].status, 'Undecided');
    await scene.refused('MemberIsHealthy', 'healthCheck', scene.anyone, 0, 0, scene.view().rounds[0].witnesses[0]);
    await scene.ok('healthCheck', scene.anyone, 0, 0, silent);
    assert.equal(scene.view().members[silent].state, 'Dropped');
  });

  it('doesn\'t drop anybody for a round in which nobody voted, or one that was over early', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await missRound(scene);
    for (const index of [0, 1, 2]) await scene.refused('MemberIsHealthy', 'healthCheck', scene.anyone, 0, 0, index);
    await pinSeed(scene);
    await vote(scene, nodes, [0, 1]);
    scene.pass(2);
    await scene.tick();
    const { witnesses } = scene.view().rounds.find((r) => r.round === 1)!;
    await scene.refused('MemberIsHealthy', 'healthCheck', scene.anyone, 0, 1, witnesses[2]);
  });

  it('judges by kept rounds of the running epoch only', async () => {
    const scene = await Scene.open({ settings: { totalSteps: 9 } });
    const nodes = scene.nodes(3);
    await startEpoch(scene, nodes);
    await scene.refused('WrongState', 'healthCheck', scene.anyone, 0, 0, 0);
    for (const node of nodes) await scene.ok('warmupWitness', node.key, 0);
    await pinSeed(scene);
    await scene.tick();
    await scene.refused('RoundNotKept', 'healthCheck', scene.anyone, 0, 0, 0);
    await scene.refused('RoundNotKept', 'healthCheck', scene.anyone, 0, 7, 0);
    await playRound(scene, nodes, [2]);
    await scene.refused('WrongEpoch', 'healthCheck', scene.anyone, 1, 0, 2);
    await scene.refused('IndexOutOfRange', 'healthCheck', scene.anyone, 0, 0, 3);
    await scene.refused('IndexOutOfRange', 'healthCheck', scene.anyone, 0, 0, 65_535);
    for (let i = 0; i < 3; i++) await playRound(scene, nodes);
    await scene.refused('RoundNotKept', 'healthCheck', scene.anyone, 0, 0, 2);
  });

  it('can leave nobody: the round goes on empty, and the epoch ends', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(2);
    await startTraining(scene, nodes);
    for (const missing of [0, 1]) {
      if (missing === 1) await pinSeed(scene);
      await vote(scene, nodes, [0, 1], { bitmap: bitmapOf([1 - missing]) });
      scene.pass(20);
      await scene.tick();
    }
    await scene.ok('healthCheck', scene.anyone, 0, 0, 0);
    await scene.ok('healthCheck', scene.anyone, 0, 1, 1);
    await missRound(scene);
    assert.deepEqual([scene.view().state, scene.view().step], ['Cooldown', 2]);
    await coolDown(scene, nodes);
    assert.equal(scene.view().state, 'WaitingForMembers');
    assertSumsExact(scene);
  });
});
