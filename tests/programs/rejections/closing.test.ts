import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { PublicKey } from '@solana/web3.js';
import { claimRecordAddress, memberAddress, treasuryAddress } from '../../../client/src/chain/addresses.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { coolDown, playRound, startTraining } from '../support/epoch.js';
import { PaidRun } from '../support/paid-run.js';
import type { Node } from '../support/scene.js';
import { tokenAccount } from '../support/tokens.js';
import { proofAgainst } from './equivocation.js';

const DAYS_90 = (90 * 86_400 * 1000) / 400;
const FEE = 5_000n;

/** A finished run of one step; the last node was convicted in it, the first has claimed half of what it is owed. */
async function finished(): Promise<{ paid: PaidRun; nodes: Node[] }> {
  const paid = await PaidRun.open(9_000n, { num: 1n, den: 1n }, { settings: { totalSteps: 2, joinDeposit: 2_000_001n } });
  const { scene } = paid;
  const nodes = scene.nodes(3);
  for (const node of nodes) await tokenAccount(scene.network, node.payout, paid.mint);
  await tokenAccount(scene.network, paid.authority, paid.mint);
  await startTraining(scene, nodes);
  await playRound(scene, nodes);
  const { network, run, anyone } = scene;
  const convict = network.coordinator.convict(anyone.publicKey, run, nodes[2].key.publicKey, treasuryAddress(network.ids, run));
  await network.ok([proofAgainst(scene, nodes[2]), await convict], anyone);
  const index = scene.view().members.findIndex((m) => m.key === nodes[2].key.publicKey.toBase58());
  await playRound(scene, nodes, [index]);
  await coolDown(scene, nodes);
  assert.equal(scene.view().state, 'Finished');
  await scene.network.ok(paid.claim(nodes[0], scene.member(nodes[0])!.points / 2n), nodes[0].payout);
  return { paid, nodes };
}

describe('closing what a run leaves', () => {
  let paid: PaidRun;
  let nodes: Node[];
  before(async () => {
    ({ paid, nodes } = await finished());
  });
  const net = () => paid.scene.network;
  const member = (node: Node): PublicKey => memberAddress(net().ids, paid.scene.run, node.key.publicKey);
  const record = (node: Node): PublicKey => claimRecordAddress(net().ids, treasuryAddress(net().ids, paid.scene.run), member(node));
  const close = (node: Node, payoutSigns: boolean, nodeSigns: boolean): Promise<Call> =>
    net().coordinator.closeMember(node.key.publicKey, node.payout.publicKey, paid.scene.run, payoutSigns, nodeSigns);
  const closeRecord = (node: Node): Promise<Call> =>
    net().treasurer.closeClaimRecord(node.payout.publicKey, paid.scene.run, node.key.publicKey);
  const closeTreasury = (): Promise<Call> => net().treasurer.closeTreasury(paid.authority.publicKey, paid.scene.run, paid.mint);

  it('a member\'s account is its node\'s to close, until 90 days have passed', async () => {
    const { anyone } = paid.scene;
    const [worker, , convicted] = nodes;
    for (const node of nodes) await net().refused('NodeMustSign', close(node, false, false), anyone);
    await net().refused('NodeMustSign', close(worker, true, false), worker.payout);
    await net().refused('PayoutMustSign', close(worker, false, true), worker.key);
    // The convicted has no points left: nobody but the node has to agree.
    await net().ok(close(convicted, false, true), convicted.key);
    paid.scene.pass(DAYS_90 - 1 - (net().slot - Number(paid.scene.view().stateStartSlot)));
    await net().refused('NodeMustSign', close(worker, false, false), anyone);
  });

  it('from then on it is anyone\'s; rent and deposit go to the node', async () => {
    const { anyone, run } = paid.scene;
    const [, other] = nodes;
    paid.scene.pass(1);
    const [held, account] = [net().lamports(other.key.publicKey), net().lamports(member(other))];
    assert.ok(account > 2_000_001n);
    const elsewhere = await net().coordinator.closeMember(other.key.publicKey, other.payout.publicKey, run, false, false);
    elsewhere.instruction.keys[0].pubkey = anyone.publicKey;
    await net().refused('ConstraintHasOne', elsewhere, anyone);
    await net().ok(close(other, false, false), anyone);
    assert.equal(net().lamports(other.key.publicKey), held + account);
    assert.equal(paid.scene.member(other), undefined);
    await net().refused('AccountNotInitialized', paid.claim(other), other.payout);
    await net().refused('AccountNotInitialized', close(other, false, false), anyone);
  });

  it('a claim record stays until its member\'s account is closed, so that nothing is paid twice', async () => {
    const [worker, other] = nodes;
    await net().refused('MemberNotClosed', closeRecord(worker), worker.payout);
    await net().ok(paid.claim(worker), worker.payout);
    assert.equal(paid.paidOut(worker), paid.scene.member(worker)!.points);
    await net().ok(close(worker, false, false), paid.scene.anyone);
    const [held, rent] = [net().lamports(worker.payout.publicKey), net().lamports(record(worker))];
    await net().ok(closeRecord(worker), worker.payout);
    assert.equal(net().lamports(worker.payout.publicKey), held + rent - FEE);
    await net().refused('AccountNotInitialized', closeRecord(worker), worker.payout);
    await net().refused('AccountNotInitialized', closeRecord(other), other.payout);
    await net().refused('WrongState', paid.scene.call('joinRun', worker.key, paid.scene.joining(worker)), worker.key);
  });

  it('a treasury goes last: after the run, with an empty vault, and what convictions brought', async () => {
    const { authority } = paid;
    await net().refused('RunNotClosed', closeTreasury(), authority);
    await paid.scene.ok('closeRun', authority, paid.scene.runId);
    await net().refused('VaultNotEmpty', closeTreasury(), authority);
    await net().ok(paid.withdraw(paid.held - 1n), authority);
    await net().refused('VaultNotEmpty', closeTreasury(), authority);
    await net().ok(paid.withdraw(1n), authority);
    const others = net().treasurer.closeTreasury(nodes[0].key.publicKey, paid.scene.run, paid.mint);
    await net().refused('NotAuthority', others, nodes[0].key);
    const treasury = treasuryAddress(net().ids, paid.scene.run);
    const accounts = [treasury, paid.vault].map((a) => net().lamports(a));
    const rent = net().bank.svm.rentExemption(net().bank.getAccount(treasury)!.data.length);
    assert.equal(accounts[0], rent + 1_000_001n, 'half of the deposit');
    const held = net().lamports(authority.publicKey);
    await net().ok(closeTreasury(), authority);
    assert.equal(net().lamports(authority.publicKey), held + accounts[0] + accounts[1] - FEE);
    for (const address of [treasury, paid.vault]) assert.equal(net().bank.getAccount(address), null);
    await net().refused('AccountNotInitialized', closeTreasury(), authority);
    // Nothing of it can be made again.
    await net().refused('AccountOwnedByWrongProgram', paid.create({ num: 1n, den: 1n }), authority);
  });
});
