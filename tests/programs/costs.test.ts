import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { PublicKey } from '@solana/web3.js';
import { claimRecordAddress, instanceAddress, manifestAddress, memberAddress, tokenAddress, treasuryAddress } from '../../client/src/chain/addresses.js';
import { bitmapOf } from '../../client/src/protocol/run-view.js';
import { Costs } from './support/costs.js';
import { ballot, hashOf, nodeOf } from './support/epoch.js';
import { Network } from './support/network.js';
import { PaidRun } from './support/paid-run.js';
import { type Node, Scene } from './support/scene.js';
import { SETTINGS, VERSION } from './support/settings.js';
import { mintTo, tokenAccount } from './support/tokens.js';

const metrics = {
  loss: 3.5, tokensPerSecond: 1000, bytesUp: 1n, bytesDown: 2n,
  evals: Array.from({ length: 8 }, (_, i) => ({ name: `eval-${i}`, value: i })), sample: Array.from({ length: 16 }, (_, i) => i),
};
const parameterHash = hashOf('parameters');

/** One epoch of one step with these nodes, every instruction of it measured. */
async function measureEpoch(costs: Costs, scene: Scene, nodes: readonly Node[]): Promise<void> {
  const { network, anyone } = scene;
  const seed = async (label: string): Promise<void> => {
    network.bank.warpToSlot(Number(scene.view().seedSlot) + 1);
    await costs.of(label, scene.call('pinSeed', anyone), anyone);
  };
  for (const [i, node] of nodes.entries()) {
    const address = { kind: 'multiaddr', bytes: Buffer.alloc(48, 7) } as const;
    await costs.of('join_run, first', scene.call('joinRun', node.key, scene.joining(node, { capacity: 1 + (i % 8), address })), node.key);
  }
  const last = nodes.at(-1)!;
  await costs.of('leave_run', scene.call('leaveRun', last.key), last.key);
  await scene.join(last, { capacity: 1 + ((nodes.length - 1) % 8) });
  scene.pass(scene.view().config.waitingForMembersExtraSlots);
  await costs.of('tick, WaitingForMembers → Warmup', scene.call('tick', anyone), anyone);
  await seed('pin_seed, Warmup');
  for (const node of nodes) await costs.of('warmup_witness', scene.call('warmupWitness', node.key, 0), node.key);
  await costs.of('tick, Warmup → RoundTrain', scene.call('tick', anyone), anyone);
  await costs.of('join_run, again', scene.call('joinRun', last.key, scene.joining(last)), last.key);

  for (const round of [0, 1]) {
    if (round === 1) await seed('pin_seed, RoundTrain (draws roles)');
    const run = scene.view();
    for (const [position, index] of run.witnesses.entries()) {
      const args = ballot(run, position, { metrics, parameterHash, bitmap: bitmapOf(run.trainers.slice(1)) });
      await costs.of('witness', scene.call('witness', nodeOf(run, index, nodes).key, args), nodeOf(run, index, nodes).key);
    }
    scene.pass(run.config.maxRoundTrainSlots);
    const label = round === 0 ? 'tick, round decided → next round' : 'tick, round decided → Cooldown';
    const missing = run.trainers[0];
    await costs.of(label, scene.call('tick', anyone), anyone);
    if (round === 0) await costs.of('health_check', scene.call('healthCheck', anyone, 0, 0, missing), anyone);
  }
  const run = scene.view();
  assert.equal(run.state, 'Cooldown');
  for (const node of nodes) await costs.of('cooldown_witness', scene.call('cooldownWitness', node.key, 0, hashOf('θ')), node.key);
  const poster = nodeOf(run, run.checkpointers[0], nodes);
  await costs.of('checkpoint', scene.call('checkpoint', poster.key, 0, hashOf('θ'), 'x'.repeat(128)), poster.key);
  const members = run.members.filter((m) => !m.settled).map((m) => ({ index: m.index, key: new PublicKey(m.key) }));
  for (let i = 0; i < members.length; ) {
    const size = i === 0 ? 1 : Math.min(16, members.length - i);
    await costs.of(`settle, ${size}`, scene.call('settle', anyone, 0, members.slice(i, i + size)), anyone);
    i += size;
  }
  await costs.of('tick, Cooldown → next state', scene.call('tick', anyone), anyone);
}

describe('what it costs', () => {
  it('with 3 members, every instruction', async () => {
    const network = new Network();
    const costs = new Costs(network);
    const scene = await Scene.created({ network, runId: 'other' });
    const settings = { ...SETTINGS, totalSteps: 2 };
    const args = { runId: 'r'.repeat(32), config: settings, clientVersion: VERSION, treasury: PublicKey.default };
    await costs.of('create_run', network.coordinator.createRun(scene.authority.publicKey, args), scene.authority);
    const part = Buffer.alloc(800, 1);
    await costs.of('write_manifest, 800 bytes', scene.call('writeManifest', scene.authority, 0, part), scene.authority);
    const hash = createHash('sha256').update(Buffer.concat([part, Buffer.alloc(4096 - 800)])).digest();
    await costs.of('seal_manifest, 4096 bytes', scene.call('sealManifest', scene.authority, 4096, hash), scene.authority);
    await costs.of('update_config', scene.call('updateConfig', scene.authority, settings), scene.authority);
    await costs.of('update_client_version', scene.call('updateClientVersion', scene.authority, VERSION), scene.authority);
    await costs.of('resume', scene.call('resume', scene.authority), scene.authority);
    await costs.of('pause', scene.call('pause', scene.authority), scene.authority);
    network.bank.advanceSlots((30 * 86_400 * 1000) / 400);
    await costs.of('finish', scene.call('finish', scene.authority), scene.authority);
    await costs.of('close_run', scene.call('closeRun', scene.authority, 'other'), scene.authority);

    const paid = await PaidRun.open(10_000n, { num: 7n, den: 3n }, { network, runId: 'unmeasured', settings });
    const measured = await Scene.sealed({ network, runId: 'paid', settings, treasury: true });
    const { authority } = measured;
    const { treasurer } = network;
    await costs.of('create_treasury', treasurer.createTreasury(authority.publicKey, measured.run, paid.mint, { num: 7n, den: 3n }), authority);
    const from = await mintTo(network, paid.authority, paid.mint, authority, 1_000_000n);
    await costs.of('fund', treasurer.fund(authority.publicKey, measured.run, paid.mint, from, 1_000_000n), authority);
    await costs.of('treasurer set_exchange_rate', treasurer.setExchangeRate(authority.publicKey, measured.run, { num: 7n, den: 3n }), authority);
    const treasury = treasuryAddress(network.ids, measured.run);
    const vault = tokenAddress(paid.mint.address, treasury, paid.mint.program);
    await costs.of('resume_run', treasurer.resumeRun(authority.publicKey, measured.run, vault), authority);
    const nodes = measured.nodes(3);
    await measureEpoch(costs, measured, nodes);
    for (const node of nodes) {
      await tokenAccount(network, node.payout, paid.mint);
      if (measured.member(node)!.points < 2n) continue;
      await costs.of('claim, first', treasurer.claim(node.payout.publicKey, measured.run, node.key.publicKey, paid.mint, 1n), node.payout);
      await costs.of('claim, later', treasurer.claim(node.payout.publicKey, measured.run, node.key.publicKey, paid.mint), node.payout);
      await costs.of('close_member', network.coordinator.closeMember(node.key.publicKey, node.payout.publicKey, measured.run, true), node.key, node.payout);
    }
    await costs.of('withdraw', treasurer.withdraw(authority.publicKey, measured.run, paid.mint, from, 10n), authority);
    console.log(costs.table('3 members'));

    const member = memberAddress(network.ids, paid.scene.run, nodes[0].key.publicKey);
    await paid.scene.join(nodes[0]);
    const record = claimRecordAddress(network.ids, treasury, memberAddress(network.ids, measured.run, nodes[0].key.publicKey));
    const accounts: [string, PublicKey][] = [
      ['Run', measured.run], ['RunInstance', instanceAddress(network.ids, 'paid')], ['Manifest', manifestAddress(network.ids, measured.run)],
      ['Member (and deposit)', member], ['Treasury', treasury], ['its vault', vault], ['ClaimRecord', record],
    ];
    console.log('\naccount                 bytes     lamports');
    for (const [name, address] of accounts) {
      const { data, lamports } = network.bank.getAccount(address)!;
      console.log(`${name.padEnd(22)}${String(data.length).padStart(7)}${String(lamports).padStart(13)}`);
    }
  });

  it('with 256 members', async () => {
    const settings = { totalSteps: 2, initMinClients: 256, globalBatchSizeStart: 4099, globalBatchSizeEnd: 4099, cooldownTime: 400, warmupTime: 400 };
    const scene = await Scene.open({ settings });
    const costs = new Costs(scene.network);
    await measureEpoch(costs, scene, scene.nodes(256));
    console.log(costs.table('256 members'));
    // A transaction can have 1,400,000; by default an instruction has 200,000.
    for (const label of ['witness', 'pin_seed, RoundTrain (draws roles)', 'tick, round decided → next round', 'settle, 16']) {
      assert.ok(costs.units(label) < 200_000, label);
    }
  });
});
