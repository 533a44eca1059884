import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PublicKey } from '@solana/web3.js';
import { instanceAddress, manifestAddress, memberAddress } from '../../client/src/chain/addresses.js';
import type { Call } from '../../client/src/chain/transaction.js';
import { coolDown, playRound, startTraining } from './support/epoch.js';
import { type Node, Scene } from './support/scene.js';
import { VERSION } from './support/settings.js';

const closeMember = (scene: Scene, node: Node, payoutSigns: boolean): Promise<Call> =>
  scene.network.coordinator.closeMember(node.key.publicKey, node.payout.publicKey, scene.run, payoutSigns);

/** A finished run of one step: the first node has all its points, the second only joined. */
async function finished(): Promise<{ scene: Scene; worker: Node; idle: Node }> {
  const scene = await Scene.open({ settings: { totalSteps: 1 } });
  const [worker, idle] = scene.nodes(2);
  await startTraining(scene, [worker]);
  await scene.join(idle);
  await scene.network.refused('WrongState', closeMember(scene, idle, false), idle.key);
  await scene.refused('WrongState', 'closeRun', scene.authority, scene.runId);
  await playRound(scene, [worker]);
  await coolDown(scene, [worker]);
  assert.equal(scene.view().state, 'Finished');
  return { scene, worker, idle };
}

describe('close_member', () => {
  it('gives rent and deposit back to the node; with points, the payout key has to agree', async () => {
    const { scene, worker, idle } = await finished();
    const { network } = scene;
    const rent = network.bank.svm.rentExemption(network.bank.getAccount(memberAddress(network.ids, scene.run, idle.key.publicKey))!.data.length);
    for (const [node, payoutSigns] of [[idle, false], [worker, true]] as const) {
      if (payoutSigns) await network.refused('PayoutMustSign', closeMember(scene, node, false), node.key);
      const held = network.lamports(node.key.publicKey);
      await network.ok(closeMember(scene, node, payoutSigns), node.key, ...(payoutSigns ? [node.payout] : []));
      const fee = payoutSigns ? 10_000n : 5_000n;
      assert.equal(network.lamports(node.key.publicKey), held + rent + 1_000_000n - fee);
      assert.equal(scene.member(node), undefined);
    }
    assert.deepEqual([scene.view().memberAccounts, scene.view().depositsHeld], [0, 0n]);
  });

  it('is for the node itself, with its own payout key', async () => {
    const { scene, worker, idle } = await finished();
    const { network } = scene;
    const others = await closeMember(scene, worker, false);
    others.instruction.keys[0].pubkey = idle.key.publicKey;
    await network.refused('ConstraintHasOne', others, idle.key);
    const wrongPayout = await closeMember(scene, { key: worker.key, payout: idle.payout }, true);
    await network.refused('ConstraintHasOne', wrongPayout, worker.key, idle.payout);
  });
});

describe('close_run', () => {
  it('needs every member account closed, then gives the rent of run and manifest back; the id stays taken', async () => {
    const { scene, worker, idle } = await finished();
    const { network, authority } = scene;
    await network.ok(closeMember(scene, worker, true), worker.key, worker.payout);
    await scene.refused('MembersRemain', 'closeRun', authority, scene.runId);
    await network.ok(closeMember(scene, idle, false), idle.key);
    await scene.refused('NotAuthority', 'closeRun', scene.anyone, scene.runId);
    const accounts = [scene.run, manifestAddress(network.ids, scene.run)];
    const rent = accounts.reduce((sum, a) => sum + network.lamports(a), 0n);
    const held = network.lamports(authority.publicKey);
    await scene.ok('closeRun', authority, scene.runId);
    assert.equal(network.lamports(authority.publicKey), held + rent - 5_000n);
    for (const address of accounts) assert.equal(network.bank.getAccount(address), null);
    // A run at the same address would meet claim records of the former one.
    const args = { runId: scene.runId, config: scene.settings, clientVersion: VERSION, treasury: PublicKey.default };
    await network.refused('AccountInUse', network.coordinator.createRun(authority.publicKey, args), authority);
  });

  it('takes no other run\'s instance or manifest', async () => {
    const scene = await Scene.created();
    const other = await Scene.created({ network: scene.network, runId: 'other' });
    await scene.ok('finish', scene.authority);
    const { ids } = scene.network;
    const swaps = [
      [instanceAddress(ids, scene.runId), instanceAddress(ids, 'other')],
      [manifestAddress(ids, scene.run), manifestAddress(ids, other.run)],
    ];
    for (const [own, others] of swaps) {
      const close = await scene.call('closeRun', scene.authority, scene.runId);
      close.instruction.keys.find((k) => k.pubkey.equals(own))!.pubkey = others;
      await scene.network.refused('ConstraintHasOne', close, scene.authority);
    }
  });
});
