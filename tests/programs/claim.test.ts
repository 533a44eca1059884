import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Keypair, PublicKey } from '@solana/web3.js';
import { claimRecordAddress, memberAddress, treasuryAddress } from '../../client/src/chain/addresses.js';
import { coolDown, playRound, startTraining } from './support/epoch.js';
import { EXTENSIONS } from './support/extensions.js';
import { Network } from './support/network.js';
import { PaidRun } from './support/paid-run.js';
import type { Node } from './support/scene.js';
import { assertSumsExact } from './support/sums.js';
import { createMint, tokenAccount, tokens } from './support/tokens.js';

/** Plays all steps with these members, and makes token accounts for their payout keys. */
async function play(paid: PaidRun, nodes: Node[], steps: number, capacities: number[] = []): Promise<void> {
  for (const node of nodes) await tokenAccount(paid.scene.network, node.payout, paid.mint);
  await startTraining(paid.scene, nodes, capacities);
  for (let i = 0; i < steps; i++) await playRound(paid.scene, nodes);
  await coolDown(paid.scene, nodes);
}

describe('claim', () => {
  it('pays floor(points × rate) of all that was earned, in whatever parts, and never again', async () => {
    const paid = await PaidRun.open(100_000n, { num: 7n, den: 3n }, { settings: { globalBatchSizeStart: 29, globalBatchSizeEnd: 29 } });
    const { scene } = paid;
    const { network } = scene;
    const nodes = scene.nodes(3);
    await play(paid, nodes, 3, [1, 3, 8]);
    assertSumsExact(scene);
    const due = nodes.map((node) => (scene.member(node)!.points * 7n) / 3n);
    assert.ok(due.every((d) => d > 0n));
    await network.ok(paid.claim(nodes[0]), nodes[0].payout);
    for (let left = due[1]; left > 0n; left -= 100n) await network.ok(paid.claim(nodes[1], 100n), nodes[1].payout);
    await network.ok(paid.claim(nodes[2], 2n ** 64n - 1n), nodes[2].payout);
    assert.deepEqual(nodes.map((node) => paid.paidOut(node)), due);
    assert.equal(paid.held, 100_000n - due.reduce((a, b) => a + b));
    for (const node of nodes) await network.refused('NothingToClaim', paid.claim(node), node.payout);
    await network.refused('InvalidAmount', paid.claim(nodes[0], 0n), nodes[0].payout);
  });

  it('replayed byte by byte is no second payment', async () => {
    const paid = await PaidRun.open(3_000n, { num: 1n, den: 1n });
    const nodes = paid.scene.nodes(1);
    await play(paid, nodes, 3);
    const { network } = paid.scene;
    const sent = await network.ok(paid.claim(nodes[0], 5n), nodes[0].payout);
    assert.equal(network.bank.sendTransaction(sent.wire).err, 'AlreadyProcessed');
    network.bank.advanceSlots(200);
    assert.notEqual(network.bank.sendTransaction(sent.wire).err, null, 'nor when its blockhash has expired');
    assert.equal(paid.paidOut(nodes[0]), 5n);
  });

  it('is the payout key\'s alone, into an account of its own, out of this run\'s vault', async () => {
    const paid = await PaidRun.open(3_000n, { num: 1n, den: 1n });
    const { scene } = paid;
    const { network, run } = scene;
    const [a, b] = scene.nodes(2);
    await play(paid, [a, b], 3);
    await tokenAccount(network, a.key, paid.mint);
    await network.refused('NotPayout', network.treasurer.claim(a.key.publicKey, run, a.key.publicKey, paid.mint), a.key);
    await network.refused('NotPayout', network.treasurer.claim(b.payout.publicKey, run, a.key.publicKey, paid.mint), b.payout);
    const swap = async (from: PublicKey, to: PublicKey) => {
      const claim = await paid.claim(a);
      claim.instruction.keys.find((k) => k.pubkey.equals(from))!.pubkey = to;
      return claim;
    };
    const account = (node: Node) => tokenAccount(network, node.payout, paid.mint);
    await network.refused('NotOwnTokenAccount', swap(await account(a), await account(b)), a.payout);
    await network.refused('WrongVault', swap(paid.vault, await account(b)), a.payout);
    // A record of another member, or of none: what was paid before would be forgotten.
    const treasury = treasuryAddress(network.ids, run);
    const [recordA, recordB] = [a, b].map((n) => claimRecordAddress(network.ids, treasury, memberAddress(network.ids, run, n.key.publicKey)));
    await network.refused('ConstraintSeeds', swap(recordA, recordB), a.payout);
    const foreign = await createMint(network, paid.authority, { name: 'foreign' });
    await network.refused('WrongMint', swap(await account(a), await tokenAccount(network, a.payout, foreign)), a.payout);
    assert.deepEqual([paid.held, paid.paidOut(a), paid.paidOut(b)], [3_000n, 0n, 0n]);
  });

  it('pays a run\'s members from its own treasury only', async () => {
    const rich = await PaidRun.open(9_000n, { num: 1n, den: 1n }, { runId: 'rich' });
    const { network } = rich.scene;
    const poor = await PaidRun.open(3_000n, { num: 1n, den: 1n }, { network, runId: 'poor' });
    const [node] = poor.scene.nodes(1);
    await play(poor, [node], 3);
    const claim = await poor.claim(node);
    const member = memberAddress(network.ids, poor.scene.run, node.key.publicKey);
    const crossed = await network.treasurer.claim(node.payout.publicKey, rich.scene.run, node.key.publicKey, rich.mint);
    const own = memberAddress(network.ids, rich.scene.run, node.key.publicKey);
    const ownRecord = claimRecordAddress(network.ids, treasuryAddress(network.ids, rich.scene.run), own);
    await network.refused('AccountNotInitialized', crossed, node.payout);
    crossed.instruction.keys.find((k) => k.pubkey.equals(own))!.pubkey = member;
    crossed.instruction.keys.find((k) => k.pubkey.equals(ownRecord))!.pubkey = claimRecordAddress(network.ids, treasuryAddress(network.ids, rich.scene.run), member);
    await network.refused('WrongRun', crossed, node.payout);
    await network.ok(claim, node.payout);
    assert.deepEqual([poor.held, rich.held, poor.paidOut(node)], [0n, 9_000n, 3_000n]);
  });

  it('pays no more than there is; the rest stays owed', async () => {
    // Only what a resumed run can cost in its next epoch is looked at: three rounds of these. Later ones start uncovered.
    const paid = await PaidRun.open(3_000n, { num: 1n, den: 1n }, { settings: { epochTime: 1, totalSteps: 5 } });
    const { scene } = paid;
    const { network } = scene;
    const [node] = scene.nodes(1);
    for (let epoch = 0; epoch < 5; epoch++) await play(paid, [node], 1);
    assert.deepEqual([scene.view().state, scene.member(node)!.owed >> 64n], ['Finished', 5_000n]);
    await network.ok(paid.claim(node), node.payout);
    assert.deepEqual([paid.held, paid.paidOut(node)], [0n, 3_000n]);
    await network.refused('TreasuryEmpty', paid.claim(node), node.payout);
    await paid.fund(10_000n);
    await network.ok(paid.claim(node), node.payout);
    assert.equal(paid.paidOut(node), 5_000n);
  });

  it('pays each epoch at its own rate: a change applies from the next epoch', async () => {
    const paid = await PaidRun.open(50_000n, { num: 1n, den: 1n }, { settings: { epochTime: 1, totalSteps: 3 } });
    const { scene } = paid;
    const [node] = scene.nodes(1);
    await startTraining(scene, [node]);
    await scene.network.ok(paid.setRate({ num: 5n, den: 2n }), paid.authority);
    assert.deepEqual(scene.view().rate, { num: 1n, den: 1n });
    await playRound(scene, [node]);
    await coolDown(scene, [node]);
    assert.equal(scene.member(node)!.owed, 1_000n << 64n, 'at the old rate, though settled after the change');
    await play(paid, [node], 1);
    assert.equal(scene.member(node)!.owed, 3_500n << 64n);
    await scene.network.ok(paid.setRate({ num: 1n, den: 3n }), paid.authority);
    await play(paid, [node], 1);
    assert.equal(scene.view().state, 'Finished');
    await scene.network.ok(paid.claim(node), node.payout);
    assert.equal(paid.paidOut(node), 3_833n);
  });

  it('hands over what a transfer fee leaves', async () => {
    const network = new Network();
    const mint = await createMint(network, network.key('authority of fees'), { extensions: [EXTENSIONS.transferFee] });
    const paid = await PaidRun.funded(4_000n, { num: 1n, den: 1n }, { network, runId: 'fees', mint });
    await network.ok(paid.resume(), paid.authority);
    const [node] = paid.scene.nodes(1);
    await play(paid, [node], 3);
    await network.ok(paid.claim(node), node.payout);
    assert.deepEqual([paid.held, paid.paidOut(node)], [3_960n - 3_000n, 2_970n]);
  });
});

describe('withdraw', () => {
  it('gives back what nobody is owed, after the run, to the authority', async () => {
    const paid = await PaidRun.open(10_000n, { num: 1n, den: 3n });
    const { scene } = paid;
    const { network } = scene;
    const nodes = scene.nodes(2);
    await network.refused('NotFinished', paid.withdraw(1n), paid.authority);
    await play(paid, nodes, 3);
    assert.equal(scene.view().state, 'Finished');
    await network.ok(paid.claim(nodes[0]), nodes[0].payout);
    const owed = scene.view().owedTotal;
    const outstanding = (owed >> 64n) + (owed % 2n ** 64n > 0n ? 1n : 0n) - paid.paidOut(nodes[0]);
    const free = paid.held - outstanding;
    const { logs } = await network.refused('OwedToMembers', paid.withdraw(free + 1n), paid.authority);
    assert.ok(logs.some((line) => line.includes(`free: ${free} base units`)));
    await network.refused('InvalidAmount', paid.withdraw(0n), paid.authority);
    const foreign = await tokenAccount(network, scene.anyone, paid.mint);
    const withdraw = (who: Keypair) => network.treasurer.withdraw(who.publicKey, scene.run, paid.mint, foreign, 1n);
    await network.refused('NotAuthority', withdraw(scene.anyone), scene.anyone);
    await network.refused('NotOwnTokenAccount', withdraw(paid.authority), paid.authority);
    await network.ok(paid.withdraw(free), paid.authority);
    const authorityAccount = await tokenAccount(network, paid.authority, paid.mint);
    assert.equal(tokens(network, authorityAccount), free);
    await network.refused('OwedToMembers', paid.withdraw(1n), paid.authority);
    await network.ok(paid.claim(nodes[1]), nodes[1].payout);
    assert.equal(paid.paidOut(nodes[1]), scene.member(nodes[1])!.points / 3n);
    assert.ok(paid.held <= 2n, 'fractions of base units that belong to nobody');
  });

  it('gives everything back after close_run too', async () => {
    const paid = await PaidRun.open(10_000n, { num: 1n, den: 1n });
    const { scene } = paid;
    const { network } = scene;
    const nodes = scene.nodes(2);
    await play(paid, nodes, 3);
    for (const node of nodes) {
      await network.ok(paid.claim(node), node.payout);
      await network.ok(network.coordinator.closeMember(node.key.publicKey, node.payout.publicKey, scene.run, true), node.key, node.payout);
    }
    await scene.ok('closeRun', scene.authority, scene.runId);
    await tokenAccount(network, paid.authority, paid.mint);
    await network.refused('OwedToMembers', paid.withdraw(paid.held + 1n), paid.authority);
    await network.ok(paid.withdraw(paid.held), paid.authority);
    assert.equal(paid.held, 0n);
  });
});
