import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bitmapOf } from '../../client/src/protocol/run-view.js';
import { ballot, hashOf, missRound, nodeOf, pinSeed, playRound, startTraining, vote } from './support/epoch.js';
import { events } from './support/events.js';
import { Scene } from './support/scene.js';

describe('witness', () => {
  it('stores the vote, tells observers, and a quorum of identical votes decides', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    const run = scene.view();
    const parameterHash = hashOf('parameters');
    const change = { bitmap: bitmapOf([0, 2]), parameterHash };
    const first = nodeOf(run, run.witnesses[1], nodes);
    const done = await scene.ok('witness', first.key, ballot(run, 1, change));
    const [event] = events(scene, done, 'WitnessVoted');
    assert.equal(String(event.node), first.key.publicKey.toBase58());
    assert.deepEqual([event.epoch, event.round, Number((event.metrics as { loss: number }).loss)], [0, 0, 3.5]);
    let after = scene.view();
    assert.deepEqual(after.votes.map((v) => v.voted), [false, true, false]);
    assert.deepEqual([after.votes[1].bitmap, after.votes[1].parameterHash], [bitmapOf([0, 2]), Uint8Array.from(parameterHash)]);
    assert.equal(after.decided, false);
    await vote(scene, nodes, [0], change);
    after = scene.view();
    assert.deepEqual([after.decided, after.decidedSlot], [true, BigInt(scene.network.slot)]);
    assert.deepEqual([after.rounds[0].bitmap, after.rounds[0].voted], [bitmapOf([0, 2]), [true, true, false]]);
  });

  it('counts only votes that are the same in bitmap and root', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await vote(scene, nodes, [0]);
    await vote(scene, nodes, [1], { root: hashOf('another list') });
    await vote(scene, nodes, [2], { bitmap: bitmapOf([0, 1]) });
    assert.equal(scene.view().decided, false);
  });

  it('may be changed until the round closes, which can take the decision back', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await vote(scene, nodes, [0, 1]);
    assert.equal(scene.view().decided, true);
    await vote(scene, nodes, [1], { root: hashOf('second thoughts') });
    const undecided = scene.view();
    assert.deepEqual([undecided.decided, undecided.rounds[0].bitmap], [false, new Uint8Array(32)]);
    await vote(scene, nodes, [2], { root: hashOf('second thoughts') });
    assert.deepEqual([scene.view().decided, scene.view().rounds[0].root], [true, Uint8Array.from(hashOf('second thoughts'))]);
  });

  it('is refused to whoever is not that witness, or not that member', async () => {
    const scene = await Scene.open({ settings: { witnessNodes: 2 } });
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    const run = scene.view();
    const [elected, other] = [nodeOf(run, run.witnesses[0], nodes), nodeOf(run, [0, 1, 2].find((i) => !run.witnesses.includes(i))!, nodes)];
    const notElected = run.members.find((m) => m.key === other.key.publicKey.toBase58())!.index;
    await scene.refused('NotMember', 'witness', other.key, ballot(run, 0));
    await scene.refused('NotMember', 'witness', scene.anyone, ballot(run, 0));
    await scene.refused('NotWitness', 'witness', other.key, ballot(run, 0, { memberIndex: notElected }));
    await scene.refused('NotWitness', 'witness', elected.key, ballot(run, 0, { position: 1 }));
    await scene.refused('NotWitness', 'witness', elected.key, ballot(run, 0, { position: 2 }));
    await scene.refused('NotWitness', 'witness', elected.key, ballot(run, 0, { position: 255 }));
    await scene.refused('IndexOutOfRange', 'witness', elected.key, ballot(run, 0, { memberIndex: 3 }));
    await scene.refused('IndexOutOfRange', 'witness', elected.key, ballot(run, 0, { memberIndex: 65_535 }));
    const unsigned = await scene.call('witness', elected.key, ballot(run, 0));
    unsigned.instruction.keys[0].isSigner = false;
    await scene.network.refused('AccountNotSigner', unsigned, scene.anyone);
  });

  it('is refused for another epoch or round, so that no old vote counts again', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(2);
    await startTraining(scene, nodes);
    const old = scene.view();
    const node = nodeOf(old, old.witnesses[0], nodes);
    await scene.refused('WrongEpoch', 'witness', node.key, ballot(old, 0, { epoch: 1 }));
    await scene.refused('WrongRound', 'witness', node.key, ballot(old, 0, { round: 1 }));
    await playRound(scene, nodes);
    await scene.refused('WrongRound', 'witness', node.key, ballot(old, 0));
    await scene.refused('SeedNotPinned', 'witness', node.key, ballot(old, 0, { round: 1 }));
    await missRound(scene);
    await scene.refused('WrongRound', 'witness', node.key, ballot(old, 0, { round: 1 }));
  });

  it('names at least one trainer, and none but this round\'s', async () => {
    const scene = await Scene.open({ settings: { globalBatchSizeStart: 2, globalBatchSizeEnd: 2 } });
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    const run = scene.view();
    // Two sequences are shared by three: one has no share and is no trainer.
    const idle = run.trainers[2];
    const node = nodeOf(run, run.witnesses[0], nodes);
    for (const bitmap of [[], [3], [255], [0, 1, 2], [idle]]) {
      await scene.refused('InvalidBitmap', 'witness', node.key, ballot(run, 0, { bitmap: bitmapOf(bitmap) }));
    }
    await scene.ok('witness', node.key, ballot(run, 0, { bitmap: bitmapOf([run.trainers[0], run.trainers[1]]) }));
  });

  it('takes 8 evaluations and 16 tokens, no more, and no number that is none', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(1);
    await startTraining(scene, nodes);
    const run = scene.view();
    const metrics = (evals: number, sample: number, loss = 1.5) => ({
      loss, tokensPerSecond: 1, bytesUp: 2n ** 64n - 1n, bytesDown: 0n,
      evals: Array.from({ length: evals }, (_, i) => ({ name: `eval-${i}`, value: i })), sample: Array.from({ length: sample }, (_, i) => i),
    });
    const full = await scene.call('witness', nodes[0].key, ballot(run, 0, { metrics: metrics(8, 16), parameterHash: hashOf('p') }));
    await scene.network.ok(full, nodes[0].key);
    // The client's encoder cuts lists off: add one more by hand.
    const data = full.instruction.data;
    const samplesAt = data.length - 4 - 32;
    full.instruction.data = Buffer.concat([data.subarray(0, samplesAt), Buffer.of(17, 0, 0, 0), data.subarray(samplesAt + 4), Buffer.of(9, 9)]);
    await scene.network.refused('MetricsTooLong', full, nodes[0].key);
    const evalsAt = samplesAt - 8 * 12 - 4;
    const evals = [Buffer.of(9, 0, 0, 0), data.subarray(evalsAt + 4, samplesAt), Buffer.alloc(12)];
    full.instruction.data = Buffer.concat([data.subarray(0, evalsAt), ...evals, data.subarray(samplesAt)]);
    await scene.network.refused('MetricsTooLong', full, nodes[0].key);
    const loss = await scene.call('witness', nodes[0].key, ballot(run, 0, { metrics: metrics(0, 0) }));
    const at = loss.instruction.data.indexOf(Buffer.from(new Float32Array([1.5]).buffer));
    loss.instruction.data.writeFloatLE(NaN, at);
    await scene.network.refused('InstructionDidNotDeserialize', loss, nodes[0].key);
  });

  it('is for RoundTrain and RoundWitness, and healthy members', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    const before = scene.view();
    await playRound(scene, nodes, [2]);
    await scene.ok('healthCheck', scene.anyone, 0, 0, 2);
    await pinSeed(scene);
    await scene.refused('NotHealthy', 'witness', nodeOf(before, 2, nodes).key, ballot(scene.view(), 0, { memberIndex: 2 }));
    scene.pass(20);
    await scene.tick();
    assert.equal(scene.view().state, 'RoundWitness');
    await vote(scene, nodes, [0, 1]);
    await scene.tick();
    await playRound(scene, nodes);
    assert.equal(scene.view().state, 'Cooldown');
    await scene.refused('WrongState', 'witness', nodes[0].key, ballot(before, 0));
  });
});
