import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Call } from '../../../client/src/chain/transaction.js';
import { playRound, settleAll, startEpoch, startTraining } from '../support/epoch.js';
import { PaidRun } from '../support/paid-run.js';
import { Scene } from '../support/scene.js';

/** What changes the terms of a run, while it is paused. */
const CHANGES: Record<string, (paid: PaidRun) => Promise<Call>> = {
  update_config: ({ scene }) => scene.call('updateConfig', scene.authority, { ...scene.settings, warmupTime: 9 }),
  update_client_version: ({ scene }) => scene.call('updateClientVersion', scene.authority, '0.1.0'),
  write_manifest: ({ scene }) => scene.call('writeManifest', scene.authority, 100, Buffer.of(1)),
  set_join_authority: ({ scene }) => scene.network.coordinator.setJoinAuthority(scene.authority.publicKey, scene.run),
  set_exchange_rate: (paid) => paid.setRate({ num: 1n, den: 2n }),
};

describe('changed terms', () => {
  for (const [name, change] of Object.entries(CHANGES)) {
    it(`by ${name} empty the list; deposits stay, and whoever joins again pays none`, async () => {
      const paid = await PaidRun.open(9_000n, { num: 1n, den: 1n }, { settings: { initMinClients: 2 } });
      const { scene } = paid;
      const nodes = scene.nodes(2);
      for (const node of nodes) await scene.join(node);
      await scene.ok('pause', scene.authority);
      assert.equal(scene.view().pending.length, 2);
      await scene.network.ok(change(paid), paid.authority);
      assert.deepEqual([scene.view().pending, scene.view().minReachedSlot, scene.view().depositsHeld], [[], 0n, 2_000_000n]);
      if (name === 'write_manifest') return;
      await scene.network.ok(paid.resume(), paid.authority);
      scene.pass(scene.view().config.waitingForMembersExtraSlots);
      await scene.refused('TooEarly', 'tick', scene.anyone);
      // One joins again, the other takes its deposit and goes.
      await scene.join(nodes[0]);
      assert.equal(scene.view().depositsHeld, 2_000_000n);
      await scene.ok('leaveRun', nodes[1].key);
      assert.equal(scene.view().depositsHeld, 1_000_000n);
      await scene.refused('TooEarly', 'tick', scene.anyone);
    });
  }

  it('by a rate during the epoch empty the next one\'s list, and no other', async () => {
    const paid = await PaidRun.open(9_000n, { num: 1n, den: 1n });
    const { scene } = paid;
    const [a, b] = scene.nodes(2);
    await startEpoch(scene, [a]);
    await scene.join(b);
    await scene.network.ok(paid.setRate({ num: 1n, den: 3n }), paid.authority);
    assert.deepEqual([scene.view().pending.length, scene.view().members.length, scene.view().state], [0, 1, 'Warmup']);
    await scene.join(b);
    assert.equal(scene.view().pending.length, 1);
  });
});

describe('a rate changed during an epoch', () => {
  it('is covered only if what the epoch has earned is too', async () => {
    const paid = await PaidRun.open(4_000n, { num: 1n, den: 1n });
    const { scene } = paid;
    const nodes = scene.nodes(1);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    const { epochPoints, carry } = scene.view();
    assert.deepEqual([epochPoints + carry, scene.view().config.totalSteps], [1_000n, 3]);
    // A step is earned at 1/1, two are to come at 2/1.
    const short = 5_000n - paid.held;
    await scene.network.refused('NotCovered', paid.setRate({ num: 2n, den: 1n }), paid.authority);
    await paid.fund(short - 1n);
    await scene.network.refused('NotCovered', paid.setRate({ num: 2n, den: 1n }), paid.authority);
    await paid.fund(1n);
    await scene.network.ok(paid.setRate({ num: 2n, den: 1n }), paid.authority);
  });

  it('is no rate that those of a called-off Warmup are put on the list for', async () => {
    const paid = await PaidRun.open(9_000n, { num: 1n, den: 1n }, { settings: { initMinClients: 2, minClients: 2 } });
    const { scene } = paid;
    const nodes = scene.nodes(2);
    for (const expected of [1, 0]) {
      await startEpoch(scene, nodes);
      await scene.ok('warmupWitness', nodes[0].key, 0);
      if (expected === 0) await scene.network.ok(paid.setRate({ num: 1n, den: 2n }), paid.authority);
      scene.pass(scene.view().config.warmupSlots);
      await scene.tick();
      assert.deepEqual([scene.view().state, scene.view().pending.length], ['WaitingForMembers', expected]);
      await settleAll(scene);
    }
  });
});

describe('the waits of 30 days', () => {
  it('are of slots of 400 ms, whatever the run says its slots last', async () => {
    for (const slotMs of [10, 10_000]) {
      const scene = await Scene.open({ settings: { slotMs } });
      await scene.ok('pause', scene.authority);
      const slots = (30 * 86_400 * 1000) / 400;
      scene.pass(slots - 1);
      await scene.refused('NotFinishable', 'finish', scene.authority);
      scene.pass(1);
      await scene.ok('finish', scene.authority);
    }
  });
});
