import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bitmapOf } from '../../client/src/protocol/run-view.js';
import { ballot, hashOf, missRound, nodeOf, pinSeed, playRound, startTraining, vote } from './support/epoch.js';
import { events } from './support/events.js';
import { Scene } from './support/scene.js';
import { assertSumsExact } from './support/sums.js';

describe('a round', () => {
  it('ends at once when every trainer is accepted and every witness has voted', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await vote(scene, nodes, [0, 1, 2]);
    const done = await scene.tick();
    const states = events(scene, done, 'StateChanged').map((e) => [e.from, e.to]);
    assert.deepEqual(states, [[3, 4], [4, 3]], 'RoundTrain → RoundWitness → RoundTrain');
    assert.equal(events(scene, done, 'RoundDecided').length, 1);
    const run = scene.view();
    assert.deepEqual([run.state, run.round, run.step, run.dataPosition], ['RoundTrain', 1, 1, 8n]);
    assert.deepEqual([run.rounds[0].status, run.rounds[0].closedAtDeadline], ['Decided', false]);
    assert.deepEqual(run.votes, []);
  });

  it('waits two slots for a witness after it is decided', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await vote(scene, nodes, [0, 1]);
    scene.pass(1);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    scene.pass(1);
    await scene.tick();
    assert.equal(scene.view().step, 1);
    const points = scene.view().members.map((m) => m.witnessedRounds);
    assert.equal(points.reduce((a, b) => a + b), 2, 'who did not vote is not paid as a witness');
    assertSumsExact(scene);
  });

  it('gives slow trainers all of their time, even when it is decided without them', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await vote(scene, nodes, [0, 1, 2], { bitmap: bitmapOf([0, 1]) });
    scene.pass(19);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    scene.pass(1);
    await scene.tick();
    assert.deepEqual([scene.view().state, scene.view().step], ['RoundTrain', 1]);
    const [a, b, c] = scene.view().members;
    assert.deepEqual([a.acceptedRounds, b.acceptedRounds, c.acceptedRounds], [1, 1, 0]);
    assert.ok(c.points > 0n && c.points < a.points, 'it was a witness only');
    assertSumsExact(scene);
  });

  it('undecided at its deadline pays nobody and opens again: new number, same step and data', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    scene.pass(20);
    await scene.tick();
    assert.equal(scene.view().state, 'RoundWitness');
    await vote(scene, nodes, [0]);
    await vote(scene, nodes, [1], { root: hashOf('another list') });
    scene.pass(9);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    scene.pass(1);
    const done = await scene.tick();
    assert.equal(events(scene, done, 'RoundUndecided').length, 1);
    const run = scene.view();
    assert.deepEqual([run.state, run.round, run.step, run.dataPosition, run.undecidedInRow], ['RoundTrain', 1, 0, 0n, 1]);
    assert.deepEqual(run.rounds.map((r) => [r.status, r.step, r.dataPosition]), [['Undecided', 0, 0n], ['Open', 0, 0n]]);
    assert.deepEqual([run.rounds[0].closedAtDeadline, run.rounds[0].root], [true, new Uint8Array(32)]);
    assert.equal(run.epochPoints, 0n);
    await playRound(scene, nodes);
    assert.deepEqual([scene.view().round, scene.view().step, scene.view().undecidedInRow], [2, 1, 0]);
    assertSumsExact(scene);
  });

  it('undecided three times in a row ends the epoch; in between a decided one starts the count anew', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(1);
    await startTraining(scene, nodes);
    await missRound(scene);
    await missRound(scene);
    await playRound(scene, nodes);
    assert.equal(scene.view().undecidedInRow, 0);
    for (let i = 0; i < 3; i++) {
      assert.equal(scene.view().state, 'RoundTrain');
      await missRound(scene);
    }
    const run = scene.view();
    assert.deepEqual([run.state, run.step, run.round], ['Cooldown', 1, 5]);
    assert.deepEqual(run.rounds.map((r) => r.round), [2, 3, 4, 5], 'the last four are kept');
    assertSumsExact(scene);
  });

  it('decided in RoundWitness ends without waiting for the deadline, but two slots for a witness', async () => {
    const scene = await Scene.open({ settings: { totalSteps: 9 } });
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    scene.pass(20);
    await scene.tick();
    await vote(scene, nodes, [0, 1, 2]);
    await scene.tick();
    assert.deepEqual([scene.view().step, scene.view().rounds[0].closedAtDeadline], [1, false]);
    await pinSeed(scene);
    scene.pass(20);
    await scene.tick();
    await vote(scene, nodes, [0, 1]);
    scene.pass(1);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    scene.pass(1);
    await scene.tick();
    assert.deepEqual([scene.view().step, scene.view().rounds[1].closedAtDeadline], [2, false]);
  });

  it('decided as its time to train ends still waits for the last witness, which is paid', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    scene.pass(19);
    await vote(scene, nodes, [0, 1], { bitmap: bitmapOf([0, 1]) });
    scene.pass(1);
    await scene.tick();
    assert.deepEqual([scene.view().state, scene.view().step], ['RoundWitness', 0]);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    await vote(scene, nodes, [2], { bitmap: bitmapOf([0, 1]) });
    await scene.tick();
    assert.deepEqual([scene.view().state, scene.view().step], ['RoundTrain', 1]);
    assert.deepEqual(scene.view().members.map((m) => m.witnessedRounds), [1, 1, 1]);
    assertSumsExact(scene);
  });

  it('is the epoch\'s last when its time is over, or too few are healthy', async () => {
    const short = await Scene.open({ settings: { epochTime: 1 } });
    await startTraining(short, short.nodes(1));
    await playRound(short, short.nodes(1));
    assert.deepEqual([short.view().state, short.view().step], ['Cooldown', 1]);

    const scene = await Scene.open({ settings: { initMinClients: 2, minClients: 2 } });
    const nodes = scene.nodes(2);
    await startTraining(scene, nodes);
    // Of two witnesses both have to vote: the second accepts a list without itself.
    await vote(scene, nodes, [0, 1], { bitmap: bitmapOf([0]) });
    scene.pass(20);
    await scene.tick();
    await scene.ok('healthCheck', scene.anyone, 0, 0, 1);
    await missRound(scene);
    assert.deepEqual([scene.view().state, scene.view().members[1].state], ['Cooldown', 'Dropped']);
  });

  it('records the parameter hash that a quorum named, and none without', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    const run = scene.view();
    const hash = hashOf('θ');
    for (const [position, parameterHash] of [hash, hash, hashOf('other')].entries()) {
      await scene.ok('witness', nodeOf(run, run.witnesses[position], nodes).key, ballot(run, position, { parameterHash }));
    }
    await scene.tick();
    assert.deepEqual(scene.view().rounds[0].parameterHash, Uint8Array.from(hash));
    await pinSeed(scene);
    const next = scene.view();
    for (const [position, parameterHash] of [hash, hashOf('other'), undefined].entries()) {
      await scene.ok('witness', nodeOf(next, next.witnesses[position], nodes).key, ballot(next, position, { parameterHash }));
    }
    await scene.tick();
    assert.deepEqual([scene.view().rounds[1].status, scene.view().rounds[1].parameterHash], ['Decided', undefined]);
  });

  it('grows its batch with the tokens trained', async () => {
    // 8 → 4 would be allowed as well; here from 2 to 6 over four batches' tokens.
    const scene = await Scene.open({ settings: { totalSteps: 5, globalBatchSizeStart: 2, globalBatchSizeEnd: 6, globalBatchSizeWarmupTokens: 512n } });
    const nodes = scene.nodes(2);
    await startTraining(scene, nodes);
    const sizes: number[] = [];
    const positions: bigint[] = [];
    for (let step = 0; step < 5; step++) {
      sizes.push(scene.view().batchSize);
      positions.push(scene.view().dataPosition);
      await playRound(scene, nodes);
    }
    // tokens before each: 0, 128, 320, 576 (past 512)
    assert.deepEqual(sizes, [2, 3, 4, 6, 6]);
    assert.deepEqual(positions, [0n, 2n, 5n, 9n, 15n]);
    assertSumsExact(scene);
  });
});
