import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PublicKey } from '@solana/web3.js';
import { treasuryAddress } from '../../../client/src/chain/addresses.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { RunMember } from '../../../client/src/protocol/run-view.js';
import { coolDown, hashOf, nodeOf, pinSeed, playRound, settleAll, startEpoch, startTraining, vote } from '../support/epoch.js';
import type { Done } from '../support/network.js';
import { PaidRun } from '../support/paid-run.js';
import { type Node, Scene } from '../support/scene.js';
import { assertSumsExact } from '../support/sums.js';
import { tokenAccount } from '../support/tokens.js';
import { proofAgainst } from './equivocation.js';

const entryOf = (scene: Scene, { key }: Node): RunMember => scene.view().members.find((m) => m.key === key.publicKey.toBase58())!;

async function calls(scene: Scene, node: Node): Promise<Call[]> {
  const { network, run, anyone } = scene;
  const { treasury } = scene.view();
  const convict = network.coordinator.convict(anyone.publicKey, run, node.key.publicKey, treasury ? new PublicKey(treasury) : run);
  return [proofAgainst(scene, node), await convict];
}

/** Convicts, and checks every lamport and point that moves. */
async function convict(scene: Scene, node: Node): Promise<Done> {
  const { network, run, anyone } = scene;
  const member = scene.member(node)!;
  const paidTo = treasuryAddress(network.ids, run);
  const before = scene.view();
  const earned = before.members.find((m) => m.key === node.key.publicKey.toBase58())!.points;
  const settled = member.vestedEpoch === before.epoch && earned === 0n ? member.vestedPoints : 0n;
  const addresses = [anyone.publicKey, new PublicKey(member.address), paidTo, run];
  const held = addresses.map((a) => network.lamports(a));
  const done = await network.ok(calls(scene, node), anyone);
  const taken = addresses.map((a, i) => network.lamports(a) - held[i]);
  const half = member.deposit / 2n;
  const [toTreasury, toRun] = before.treasury ? [member.deposit - half, 0n] : [0n, member.deposit - half];
  // Two signatures of the proof and one of the transaction cost 5,000 lamports each.
  assert.deepEqual(taken, [half - 15_000n, -member.deposit, toTreasury, toRun]);
  const [after, now] = [scene.view(), scene.member(node)!];
  assert.equal(after.depositsHeld, before.depositsHeld - member.deposit);
  assert.equal(after.depositsForfeited, before.depositsForfeited + toRun);
  assert.deepEqual([now.deposit, now.slashed - member.slashed, now.points], [0n, earned + settled, member.points - settled]);
  const pot = before.step < before.config.totalSteps ? 'carry' : 'pointsForfeited';
  assert.equal(after[pot], before[pot] + earned + settled);
  const entry = entryOf(scene, node);
  assert.deepEqual([entry.state, entry.points, entry.settled], ['Convicted', 0n, true]);
  assert.equal(after.pending.some((p) => p.key === node.key.publicKey.toBase58()), false);
  assertSumsExact(scene);
  await network.refused('AlreadyConvicted', calls(scene, node), anyone);
  const settle = [{ index: entryOf(scene, node).index, key: node.key.publicKey }];
  await scene.refused(after.state === 'Cooldown' ? 'AlreadySettled' : 'WrongState', 'settle', anyone, after.epoch, settle);
  return done;
}

const finished = async (scene: Scene, nodes: Node[]): Promise<void> => {
  await settleAll(scene);
  await coolDown(scene, nodes);
  assertSumsExact(scene);
};

for (const paid of [true, false]) {
  for (const joinDeposit of [0n, 1n, 1_000_001n]) {
    describe(`a conviction ${paid ? 'with' : 'without'} a treasury, of a deposit of ${joinDeposit} lamports`, () => {
      const start = async (): Promise<{ scene: Scene; nodes: Node[]; treasury?: PaidRun }> => {
        const settings = { joinDeposit, totalSteps: 3, witnessPermille: 300 };
        const treasury = paid ? await PaidRun.open(9_000n, { num: 3n, den: 2n }, { settings }) : undefined;
        const scene = treasury?.scene ?? (await Scene.open({ settings }));
        const nodes = scene.nodes(3);
        await startTraining(scene, nodes);
        await playRound(scene, nodes);
        return { scene, nodes, treasury };
      };

      it('in RoundTrain, RoundWitness and Cooldown: the others get what it had earned', async () => {
        const { scene, nodes, treasury } = await start();
        await scene.join(nodes[0]);
        await convict(scene, nodes[0]);
        // The open round goes on with who is left.
        await playRound(scene, nodes, [entryOf(scene, nodes[0]).index]);
        await pinSeed(scene);
        const first = scene.view().trainers.length;
        assert.equal(first, 2);
        scene.pass(scene.view().config.maxRoundTrainSlots);
        await scene.tick();
        await convict(scene, nodes[1]);
        const last = nodeOf(scene.view(), entryOf(scene, nodes[2]).index, nodes);
        const run = scene.view();
        await vote(scene, nodes, [run.witnesses.indexOf(entryOf(scene, last).index)]);
        scene.pass(run.config.roundWitnessSlots);
        await scene.tick();
        // One vote of two elected decides nothing: the step stays undone, its points are nobody's.
        assert.equal(scene.view().step, 2);
        assertSumsExact(scene);
        assert.ok(['RoundTrain', 'Cooldown'].includes(scene.view().state));
        await playRound(scene, [last], [0, 1, 2].filter((i) => i !== entryOf(scene, last).index));
        assert.deepEqual([scene.view().state, scene.view().step], ['Cooldown', 3]);
        assert.equal(entryOf(scene, last).points + scene.view().carry, 3_000n, 'all points of three steps');
        await finished(scene, nodes);
        if (treasury) await claimAll(treasury, nodes);
      });

      it('in the Cooldown of the last step, settled or not: its points are nobody\'s', async () => {
        const { scene, nodes, treasury } = await start();
        for (let i = 0; i < 2; i++) await playRound(scene, nodes);
        assert.equal(scene.view().state, 'Cooldown');
        await convict(scene, nodes[0]);
        await settleAll(scene);
        const { points } = scene.member(nodes[1])!;
        assert.ok(points > 0n);
        await convict(scene, nodes[1]);
        assert.deepEqual([scene.member(nodes[1])!.owed, scene.member(nodes[1])!.vestedPoints], [0n, 0n]);
        assert.equal(scene.view().owedTotal, scene.member(nodes[2])!.owed);
        await coolDown(scene, nodes);
        assert.equal(scene.view().state, 'Finished');
        assertSumsExact(scene);
        await scene.network.refused('WrongState', calls(scene, nodes[2]), scene.anyone);
        if (treasury) await claimAll(treasury, nodes);
      });
    });
  }
}

/** Each gets what its points are worth; the convicted have none. */
async function claimAll(paid: PaidRun, nodes: Node[]): Promise<void> {
  const { network } = paid.scene;
  for (const node of nodes) {
    await tokenAccount(network, node.payout, paid.mint);
    const { points } = paid.scene.member(node)!;
    if (points === 0n) await network.refused('NothingToClaim', paid.claim(node), node.payout);
    else await network.ok(paid.claim(node), node.payout);
    assert.equal(paid.paidOut(node), (points * 3n) / 2n);
  }
}

describe('a conviction', () => {
  it('takes nothing of earlier epochs; what was settled in this one is not paid before Cooldown is over', async () => {
    const paid = await PaidRun.open(9_000n, { num: 1n, den: 1n }, { settings: { epochTime: 1 } });
    const { scene } = paid;
    const { network } = scene;
    const nodes = scene.nodes(2);
    for (const node of nodes) await tokenAccount(network, node.payout, paid.mint);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    await coolDown(scene, nodes);
    const [first, second] = nodes.map((n) => scene.member(n)!.points);
    await startTraining(scene, nodes);
    await network.ok(paid.claim(nodes[0], 1n), nodes[0].payout);
    await playRound(scene, nodes);
    await settleAll(scene);
    for (const node of nodes) await network.refused('NotVested', paid.claim(node), node.payout);
    await convict(scene, nodes[0]);
    await network.refused('NotVested', paid.claim(nodes[0]), nodes[0].payout);
    await coolDown(scene, nodes);
    await network.ok(paid.claim(nodes[0]), nodes[0].payout);
    await network.ok(paid.claim(nodes[1]), nodes[1].payout);
    assert.equal(paid.paidOut(nodes[0]), first);
    assert.equal(paid.paidOut(nodes[1]), scene.member(nodes[1])!.points);
    assert.ok(scene.member(nodes[1])!.points > second);
    assertSumsExact(scene);
    // Its next epoch is one like any other's, with a new deposit and what the convicted had for the others.
    const carried = scene.view().carry;
    assert.ok(carried > 0n);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    await coolDown(scene, nodes);
    assert.equal(nodes.map((n) => scene.member(n)!.points).reduce((a, b) => a + b) + scene.view().carry, 3_000n);
    assertSumsExact(scene);
  });

  it('leaves the treasury\'s part with the run where the treasury could not keep it', async () => {
    for (const [joinDeposit, there] of [[1_000_000n, false], [1_000_000n, true], [2_000_000n, false]] as const) {
      const paid = await PaidRun.open(9_000n, { num: 1n, den: 1n }, { settings: { joinDeposit } });
      const { scene } = paid;
      const { network } = scene;
      const [a, b] = scene.nodes(2);
      await startTraining(scene, [a, b]);
      const treasury = treasuryAddress(network.ids, scene.run);
      if (!there) network.bank.setAccount(treasury.toBase58(), null);
      const held = [treasury, scene.run].map((k) => network.lamports(k));
      await network.ok(calls(scene, a), scene.anyone);
      const got = [treasury, scene.run].map((k, i) => network.lamports(k) - held[i]);
      // An account without data needs 890,880 lamports to exist.
      const toTreasury = there || joinDeposit === 2_000_000n;
      assert.deepEqual(got, toTreasury ? [joinDeposit / 2n, 0n] : [0n, joinDeposit / 2n]);
      assert.equal(scene.view().depositsForfeited, toTreasury ? 0n : joinDeposit / 2n);
    }
  });

  it('is for the running epoch: not before, nor with the last one\'s commitments', async () => {
    const scene = await Scene.open({ settings: { epochTime: 1 } });
    const nodes = scene.nodes(2);
    const { network, anyone } = scene;
    await startEpoch(scene, nodes);
    await network.refused('WrongState', calls(scene, nodes[0]), anyone);
    for (const node of nodes) await scene.ok('warmupWitness', node.key, 0);
    await pinSeed(scene);
    await scene.tick();
    const old = await calls(scene, nodes[0]);
    await playRound(scene, nodes);
    await coolDown(scene, nodes);
    await network.refused('WrongEpoch', old, anyone);
    await startTraining(scene, nodes);
    await network.refused('WrongEpoch', old, anyone);
  });

  it('in Cooldown takes its vote out, which may be what the others\' quorum waited for', async () => {
    const scene = await Scene.open({ settings: { epochTime: 1 } });
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    const [a, b, cheat] = [0, 1, 2].map((i) => nodeOf(scene.view(), i, nodes));
    await scene.ok('cooldownWitness', cheat.key, 0, hashOf('another'));
    await scene.ok('cooldownWitness', a.key, 0, hashOf('parameters'));
    assert.equal(scene.view().epochHashAgreed, false);
    await convict(scene, cheat);
    assert.equal(scene.view().epochHashAgreed, false, 'one of two');
    await scene.refused('NotHealthy', 'cooldownWitness', cheat.key, 0, hashOf('parameters'));
    await scene.ok('cooldownWitness', b.key, 0, hashOf('parameters'));
    assert.equal(scene.view().epochHashAgreed, true);
    await scene.refused('NotCheckpointer', 'checkpoint', cheat.key, 0, hashOf('parameters'), 'file:here');
    await settleAll(scene);
    await scene.tick();
    assert.equal(scene.view().epoch, 1);
  });

  it('completes a quorum with the votes that are there', async () => {
    const scene = await Scene.open({ settings: { epochTime: 1 } });
    const nodes = scene.nodes(4);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    // Quorum of four is three, of three two.
    for (const i of [0, 1]) await scene.ok('cooldownWitness', nodeOf(scene.view(), i, nodes).key, 0, hashOf('parameters'));
    assert.equal(scene.view().epochHashAgreed, false);
    await convict(scene, nodeOf(scene.view(), 3, nodes));
    assert.equal(scene.view().epochHashAgreed, true);
  });

  it('of everyone leaves an epoch that ends, with sums that are exact', async () => {
    const scene = await Scene.open({ settings: { joinDeposit: 3n } });
    const nodes = scene.nodes(2);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    for (const node of nodes) await convict(scene, node);
    await pinSeed(scene);
    scene.pass(scene.view().config.maxRoundTrainSlots);
    await scene.tick();
    scene.pass(scene.view().config.roundWitnessSlots);
    await scene.tick();
    assert.deepEqual([scene.view().state, scene.view().carry], ['Cooldown', 1_000n]);
    scene.pass(scene.view().config.cooldownSlots);
    await scene.tick();
    assert.deepEqual([scene.view().state, scene.view().epoch], ['WaitingForMembers', 1]);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    assert.equal(scene.view().members.reduce((sum, m) => sum + m.points, 0n) + scene.view().carry, 2_000n);
    assertSumsExact(scene);
  });
});
