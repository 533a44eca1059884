import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PublicKey } from '@solana/web3.js';
import { coolDown, pinSeed, playRound, settleAll, startEpoch, startTraining } from './support/epoch.js';
import { Scene } from './support/scene.js';

describe('waiting for members', () => {
  it('lasts until enough have come and the extra time is over', async () => {
    const scene = await Scene.open({ settings: { initMinClients: 2 } });
    const [a, b] = scene.nodes(2);
    await scene.join(a);
    scene.pass(100);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    await scene.join(b);
    assert.equal(scene.view().minReachedSlot, BigInt(scene.network.slot));
    scene.pass(4);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    scene.pass(1);
    await scene.tick();
    const run = scene.view();
    assert.deepEqual([run.state, run.epoch, run.round, run.members.length, run.pending.length], ['Warmup', 0, 0, 2, 0]);
    assert.deepEqual(run.members.map((m) => m.state), ['Joined', 'Joined']);
    assert.deepEqual([run.epochStartSlot, run.seedSlot, run.seedPinned], [BigInt(scene.network.slot), BigInt(scene.network.slot + 2), false]);
  });

  it('asks for init_min_clients in the first epoch, min_clients after it', async () => {
    const scene = await Scene.open({ settings: { initMinClients: 2, minClients: 1, epochTime: 1 } });
    const nodes = scene.nodes(2);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    await coolDown(scene, nodes);
    await startEpoch(scene, [nodes[1]]);
    assert.deepEqual([scene.view().state, scene.view().members.length], ['Warmup', 1]);
  });
});

describe('warmup_witness', () => {
  it('makes a member healthy, once, in its epoch', async () => {
    const scene = await Scene.open();
    const [a, b] = scene.nodes(2);
    await scene.refused('WrongState', 'warmupWitness', a.key, 0);
    await startEpoch(scene, [a]);
    await scene.refused('WrongEpoch', 'warmupWitness', a.key, 1);
    await scene.refused('NotMember', 'warmupWitness', b.key, 0);
    await scene.ok('warmupWitness', a.key, 0);
    assert.equal(scene.view().members[0].state, 'Healthy');
    await scene.refused('AlreadyWarm', 'warmupWitness', a.key, 0);
  });
});

describe('warmup', () => {
  it('ends as soon as all are warm, once the seed is pinned', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(2);
    await startEpoch(scene, nodes);
    await scene.ok('warmupWitness', nodes[0].key, 0);
    await pinSeed(scene);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    await scene.ok('warmupWitness', nodes[1].key, 0);
    await scene.tick();
    const run = scene.view();
    assert.deepEqual([run.state, run.trainers.length, run.witnesses.length], ['RoundTrain', 2, 2]);
    assert.deepEqual([run.rounds.length, run.rounds[0].status, run.rounds[0].seedPinned], [1, 'Open', true]);
  });

  it('doesn\'t end without a seed', async () => {
    const scene = await Scene.open();
    const [node] = scene.nodes(1);
    await startEpoch(scene, [node]);
    await scene.ok('warmupWitness', node.key, 0);
    await scene.refused('SeedNotPinned', 'tick', scene.anyone);
  });

  it('at its deadline goes on without who is not warm; settling takes that member\'s deposit', async () => {
    const scene = await Scene.open({ settings: { epochTime: 1 } });
    const [a, b, cold] = scene.nodes(3);
    await startEpoch(scene, [a, b, cold]);
    for (const node of [a, b]) await scene.ok('warmupWitness', node.key, 0);
    await pinSeed(scene);
    scene.pass(10);
    await scene.tick();
    assert.deepEqual(scene.view().members.map((m) => [m.state, m.forfeited]), [['Healthy', false], ['Healthy', false], ['Dropped', true]]);
    await scene.refused('NotSettled', 'joinRun', cold.key, scene.joining(cold));
    await scene.refused('InRunningEpoch', 'leaveRun', cold.key);
    await playRound(scene, [a, b, cold]);
    assert.equal(scene.view().state, 'Cooldown');
    await scene.refused('NotHealthy', 'cooldownWitness', cold.key, 0, new Uint8Array(32));
    const { network } = scene;
    const [held, account] = [network.lamports(scene.run), network.lamports(new PublicKey(scene.member(cold)!.address))];
    await coolDown(scene, [a, b, cold]);
    assert.equal(network.lamports(scene.run), held + 1_000_000n);
    assert.equal(network.lamports(new PublicKey(scene.member(cold)!.address)), account - 1_000_000n);
    assert.deepEqual([scene.member(cold)!.deposit, scene.member(a)!.deposit], [0n, 1_000_000n]);
    assert.deepEqual([scene.view().depositsHeld, scene.view().depositsForfeited], [2_000_000n, 1_000_000n]);
    await scene.join(cold);
    assert.equal(scene.member(cold)!.deposit, 1_000_000n, 'it may come back, with a new deposit');
  });

  it('with too few warm is called off: same epoch, the warm ones on the list again, the cold one\'s deposit forfeit', async () => {
    const scene = await Scene.open({ settings: { initMinClients: 2, minClients: 2 } });
    const [a, cold, late] = scene.nodes(3);
    await startEpoch(scene, [a, cold]);
    await scene.ok('warmupWitness', a.key, 0);
    scene.pass(10);
    await scene.tick();
    const run = scene.view();
    assert.deepEqual([run.state, run.epoch, run.pending.map((p) => p.key)], ['WaitingForMembers', 0, [a.key.publicKey.toBase58()]]);
    await scene.refused('NotSettled', 'joinRun', cold.key, scene.joining(cold));
    await settleAll(scene);
    assert.deepEqual([scene.member(cold)!.deposit, scene.view().depositsForfeited], [0n, 1_000_000n]);
    await scene.ok('leaveRun', cold.key);
    await startTraining(scene, [a, late]);
    assert.deepEqual([scene.view().state, scene.view().epoch, scene.view().members.length], ['RoundTrain', 0, 2]);
  });
});
