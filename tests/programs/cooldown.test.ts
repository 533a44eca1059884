import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PublicKey } from '@solana/web3.js';
import { memberAddress } from '../../client/src/chain/addresses.js';
import { drawCheckpointers } from '../../client/src/protocol/roles.js';
import { coolDown, hashOf, nodeOf, pinSeed, playRound, settleAll, startEpoch, startTraining } from './support/epoch.js';
import { type Node, Scene } from './support/scene.js';

/** In Cooldown after one step. */
async function cooling(members: number, settings = {}): Promise<{ scene: Scene; nodes: Node[] }> {
  const scene = await Scene.open({ settings: { epochTime: 1, ...settings } });
  const nodes = scene.nodes(members);
  await startTraining(scene, nodes);
  await playRound(scene, nodes);
  assert.equal(scene.view().state, 'Cooldown');
  return { scene, nodes };
}

const at = (scene: Scene, ...indices: number[]) => indices.map((index) => ({ index, key: new PublicKey(scene.view().members[index].key) }));

describe('cooldown_witness', () => {
  it('fixes the epoch\'s hash with a quorum of all members, dropped ones included', async () => {
    const scene = await Scene.open({ settings: { totalSteps: 2 } });
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await scene.refused('WrongState', 'cooldownWitness', nodes[0].key, 0, hashOf('a'));
    await playRound(scene, nodes, [2]);
    await scene.ok('healthCheck', scene.anyone, 0, 0, 2);
    await playRound(scene, nodes);
    const [a, b, dropped] = [0, 1, 2].map((i) => nodeOf(scene.view(), i, nodes));
    await scene.refused('NotMember', 'cooldownWitness', scene.anyone, 0, hashOf('a'));
    await scene.refused('WrongEpoch', 'cooldownWitness', a.key, 1, hashOf('a'));
    await scene.ok('cooldownWitness', a.key, 0, hashOf('a'));
    assert.equal(scene.view().epochHashAgreed, false, 'one of three');
    await scene.ok('cooldownWitness', b.key, 0, hashOf('b'));
    assert.equal(scene.view().epochHashAgreed, false, 'two that differ');
    await scene.ok('cooldownWitness', dropped.key, 0, hashOf('b'));
    assert.deepEqual([scene.view().epochHashAgreed, scene.view().epochHash], [true, Uint8Array.from(hashOf('b'))]);
    await scene.ok('cooldownWitness', a.key, 0, hashOf('b'));
    assert.deepEqual(scene.view().members.map((m) => Buffer.from(m.cooldownHash)), [0, 1, 2].map(() => Buffer.from(hashOf('b'))));
  });

  it('counts nobody for the quorum who never was warm', async () => {
    const scene = await Scene.open({ settings: { epochTime: 1 } });
    const nodes = scene.nodes(3);
    await startEpoch(scene, nodes);
    for (const node of nodes.slice(0, 2)) await scene.ok('warmupWitness', node.key, 0);
    await pinSeed(scene);
    scene.pass(scene.view().config.warmupSlots);
    await scene.tick();
    await playRound(scene, nodes);
    assert.equal(scene.view().state, 'Cooldown');
    await scene.refused('NotHealthy', 'cooldownWitness', nodes[2].key, 0, hashOf('a'));
    await scene.ok('cooldownWitness', nodes[0].key, 0, hashOf('a'));
    assert.equal(scene.view().epochHashAgreed, false, 'one of two');
    await scene.ok('cooldownWitness', nodes[1].key, 0, hashOf('a'));
    assert.deepEqual([scene.view().epochHashAgreed, scene.view().epochHash], [true, Uint8Array.from(hashOf('a'))]);
    await settleAll(scene);
    await scene.tick();
    assert.equal(scene.view().epoch, 1);
  });

  it('keeps the hash of the epoch before where there is no quorum', async () => {
    const { scene, nodes } = await cooling(2);
    for (const [i, node] of nodes.entries()) await scene.ok('cooldownWitness', node.key, 0, hashOf(`hash ${i}`));
    await settleAll(scene);
    await scene.tick();
    assert.deepEqual([scene.view().state, scene.view().epochHash], ['WaitingForMembers', new Uint8Array(32)]);
  });
});

describe('checkpoint', () => {
  it('is posted by one of the elected, for the agreed hash, also after Cooldown', async () => {
    const { scene, nodes } = await cooling(6);
    const run = scene.view();
    assert.deepEqual(run.checkpointers, drawCheckpointers(run.rounds[0].seed, 6));
    const elected = nodeOf(run, run.checkpointers[0], nodes);
    const other = nodeOf(run, [0, 1, 2, 3, 4, 5].find((i) => !run.checkpointers.includes(i))!, nodes);
    const hash = hashOf('parameters');
    await scene.refused('HashNotAgreed', 'checkpoint', elected.key, 0, hash, 'file:here');
    for (const node of nodes.slice(0, 4)) await scene.ok('cooldownWitness', node.key, 0, hash);
    await scene.refused('HashNotAgreed', 'checkpoint', elected.key, 0, hashOf('other'), 'file:here');
    await scene.refused('NotCheckpointer', 'checkpoint', other.key, 0, hash, 'file:here');
    await scene.refused('WrongEpoch', 'checkpoint', elected.key, 1, hash, 'file:here');
    await scene.refused('InvalidLocation', 'checkpoint', elected.key, 0, hash, '');
    await scene.refused('InvalidLocation', 'checkpoint', elected.key, 0, hash, 'x'.repeat(129));
    await scene.ok('checkpoint', elected.key, 0, hash, 'x'.repeat(128));
    assert.deepEqual(scene.view().checkpoint, { location: 'x'.repeat(128), hash: Uint8Array.from(hash) });
    await coolDown(scene, nodes, hash);
    assert.equal(scene.view().epoch, 1);
    await scene.ok('checkpoint', elected.key, 0, hash, 'https://example.org/θ');
    assert.equal(scene.view().checkpoint!.location, 'https://example.org/θ');
    await startEpoch(scene, nodes);
    await scene.refused('WrongState', 'checkpoint', elected.key, 0, hash, 'file:here');
  });
});

describe('settle', () => {
  it('moves points to the members\' own accounts, once', async () => {
    const { scene, nodes } = await cooling(3);
    const points = scene.view().members.map((m) => m.points);
    await scene.ok('settle', scene.anyone, 0, at(scene, 2, 0));
    assert.deepEqual(scene.view().members.map((m) => [m.settled, m.points]), [[true, 0n], [false, points[1]], [true, 0n]]);
    const member = scene.member(nodeOf(scene.view(), 2, nodes))!;
    assert.deepEqual([member.points, member.vestedEpoch, member.owed], [points[2], 0, 0n]);
    assert.equal(scene.view().pointsEarnedTotal, points[0] + points[2]);
    await scene.refused('AlreadySettled', 'settle', scene.anyone, 0, at(scene, 0));
    await scene.refused('AlreadySettled', 'settle', scene.anyone, 0, at(scene, 1, 1));
    assert.equal(scene.view().members[1].settled, false, 'a refused transaction changes nothing');
  });

  it('takes each member\'s own account only', async () => {
    const { scene } = await cooling(3);
    const [a, b] = at(scene, 0, 1);
    await scene.refused('WrongMemberAccount', 'settle', scene.anyone, 0, [{ index: 0, key: b.key }]);
    await scene.refused('WrongMemberAccount', 'settle', scene.anyone, 0, []);
    await scene.refused('IndexOutOfRange', 'settle', scene.anyone, 0, [{ index: 3, key: a.key }]);
    await scene.refused('AccountNotInitialized', 'settle', scene.anyone, 0, [{ index: 0, key: scene.anyone.publicKey }]);
    const readOnly = await scene.call('settle', scene.anyone, 0, [a]);
    readOnly.instruction.keys.at(-1)!.isWritable = false;
    await scene.network.refused('WrongMemberAccount', readOnly, scene.anyone);
    const fewer = await scene.call('settle', scene.anyone, 0, [a, b]);
    fewer.instruction.keys.pop();
    await scene.network.refused('WrongMemberAccount', fewer, scene.anyone);
    // The same node's account in another run.
    const other = await Scene.open({ network: scene.network, runId: 'other' });
    for (const node of scene.nodes(3)) await other.join(node);
    const foreign = await scene.call('settle', scene.anyone, 0, [a]);
    foreign.instruction.keys.at(-1)!.pubkey = memberAddress(scene.network.ids, other.run, a.key);
    await scene.network.refused('WrongMemberAccount', foreign, scene.anyone);
  });

  it('is for Cooldown and its epoch', async () => {
    const scene = await Scene.open();
    const nodes = scene.nodes(1);
    await startTraining(scene, nodes);
    await scene.refused('WrongState', 'settle', scene.anyone, 0, at(scene, 0));
    for (let i = 0; i < 3; i++) await playRound(scene, nodes);
    await scene.refused('WrongEpoch', 'settle', scene.anyone, 1, at(scene, 0));
    await coolDown(scene, nodes);
    await scene.refused('AlreadySettled', 'settle', scene.anyone, 1, at(scene, 0));
  });
});

describe('the end of Cooldown', () => {
  it('waits for a dropped member only while the hash lacks its quorum', async () => {
    for (const agree of [true, false]) {
      const scene = await Scene.open({ settings: { epochTime: 1 } });
      const nodes = scene.nodes(3);
      await startTraining(scene, nodes);
      await playRound(scene, nodes, [2]);
      await scene.ok('healthCheck', scene.anyone, 0, 0, 2);
      const [a, b, dropped] = [0, 1, 2].map((i) => nodeOf(scene.view(), i, nodes));
      await scene.ok('cooldownWitness', a.key, 0, hashOf('a'));
      await scene.ok('cooldownWitness', b.key, 0, hashOf(agree ? 'a' : 'b'));
      await settleAll(scene);
      if (!agree) {
        await scene.refused('TooEarly', 'tick', scene.anyone);
        await scene.ok('cooldownWitness', dropped.key, 0, hashOf('b'));
      }
      await scene.tick();
      assert.deepEqual([scene.view().epoch, scene.view().epochHash], [1, Uint8Array.from(hashOf(agree ? 'a' : 'b'))]);
    }
  });

  it('waits for all votes or its deadline, and for everything to be settled', async () => {
    const { scene, nodes } = await cooling(2);
    await scene.ok('cooldownWitness', nodes[0].key, 0, hashOf('a'));
    await settleAll(scene);
    scene.pass(9);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    scene.pass(1);
    await scene.tick();
    assert.deepEqual([scene.view().state, scene.view().epoch], ['WaitingForMembers', 1]);

    const second = await cooling(2);
    for (const node of second.nodes) await second.scene.ok('cooldownWitness', node.key, 0, hashOf('a'));
    await second.scene.refused('NotSettled', 'tick', second.scene.anyone);
    second.scene.pass(1000);
    await second.scene.refused('NotSettled', 'tick', second.scene.anyone);
    await settleAll(second.scene);
    await second.scene.tick();
  });
});
