import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PublicKey, SystemProgram } from '@solana/web3.js';
import { claimRecordAddress, manifestAddress, memberAddress, treasuryAddress } from '../../client/src/chain/addresses.js';
import type { Call } from '../../client/src/chain/transaction.js';
import { coolDown, playRound, startTraining } from './support/epoch.js';
import type { Network } from './support/network.js';
import { PaidRun } from './support/paid-run.js';
import { Scene } from './support/scene.js';
import { tokenAccount } from './support/tokens.js';

/** A copy of an account at another address, with another owner, changed as wanted. */
function forge(network: Network, original: PublicKey, owner: PublicKey, change: (data: Buffer) => void = () => {}): PublicKey {
  const { data, lamports } = network.bank.getAccount(original)!;
  const copy = Buffer.from(data);
  change(copy);
  const { publicKey } = network.key(`copy of ${original.toBase58()} for ${owner.toBase58()}`);
  network.bank.setAccount(publicKey.toBase58(), { lamports, data: copy, owner: owner.toBase58(), executable: false });
  return publicKey;
}

async function swapped(call: Promise<Call>, from: PublicKey, to: PublicKey): Promise<Call> {
  const made = await call;
  const keys = made.instruction.keys.filter((k) => k.pubkey.equals(from));
  assert.ok(keys.length > 0, 'the account is among the instruction\'s');
  for (const key of keys) key.pubkey = to;
  return made;
}

describe('an account of another program is not believed, whatever its bytes say', () => {
  it('a run, by the coordinator', async () => {
    const scene = await Scene.open();
    const { network, authority, anyone } = scene;
    const node = scene.node(0);
    await scene.join(node);
    const fake = forge(network, scene.run, network.ids.treasurer);
    await network.refused('AccountOwnedByWrongProgram', swapped(scene.call('tick', anyone), scene.run, fake), anyone);
    await network.refused('AccountOwnedByWrongProgram', swapped(scene.call('pause', authority), scene.run, fake), authority);
    await network.refused('AccountOwnedByWrongProgram', swapped(scene.call('leaveRun', node.key), scene.run, fake), node.key);
  });

  it('an account of another kind in a run\'s place', async () => {
    const scene = await Scene.open();
    const { network, anyone } = scene;
    const manifest = manifestAddress(network.ids, scene.run);
    await network.refused('AccountDiscriminatorMismatch', swapped(scene.call('tick', anyone), scene.run, manifest), anyone);
  });

  it('a member\'s account, by settle and by claim', async () => {
    const paid = await PaidRun.open(9_000n, { num: 1n, den: 1n });
    const { scene } = paid;
    const { network } = scene;
    const [node] = scene.nodes(1);
    await tokenAccount(network, node.payout, paid.mint);
    await startTraining(scene, [node]);
    for (let i = 0; i < 3; i++) await playRound(scene, [node]);
    const member = memberAddress(network.ids, scene.run, node.key.publicKey);
    const settle = scene.call('settle', scene.anyone, 0, [{ index: 0, key: node.key.publicKey }]);
    const forged = forge(network, member, network.ids.treasurer);
    await network.refused('AccountOwnedByWrongProgram', swapped(settle, member, forged), scene.anyone);
    await coolDown(scene, [node]);
    const richer = forge(network, member, SystemProgram.programId, (data) => data.fill(255, data.length - 40));
    const treasury = treasuryAddress(network.ids, scene.run);
    const claim = await swapped(paid.claim(node), member, richer);
    const record = claimRecordAddress(network.ids, treasury, member);
    await network.refused('AccountOwnedByWrongProgram', swapped(Promise.resolve(claim), record, claimRecordAddress(network.ids, treasury, richer)), node.payout);
    assert.equal(paid.held, 9_000n);
  });

  it('a run, by the treasurer: neither to resume for free nor to withdraw what is owed', async () => {
    const paid = await PaidRun.funded(1n, { num: 1n, den: 1n });
    const { scene, authority } = paid;
    const { network, run } = scene;
    await tokenAccount(network, authority, paid.mint);
    // 6 is Finished; nothing is owed by a run of zeros.
    const finished = forge(network, run, network.ids.treasurer, (data) => data.fill(6, 8, 400));
    for (const call of [paid.resume(), paid.setRate({ num: 5n, den: 1n })]) {
      await network.refused('AccountOwnedByWrongProgram', swapped(call, run, finished), authority);
    }
    // A withdrawal takes a run that is closed, but none at another address.
    const other = await Scene.sealed({ network, runId: 'other' });
    for (const address of [finished, other.run]) {
      await network.refused('ConstraintSeeds', swapped(paid.withdraw(1n), run, address), authority);
    }
  });

  it('another program in the coordinator\'s place', async () => {
    const paid = await PaidRun.funded(9_000n, { num: 1n, den: 1n });
    const { network } = paid.scene;
    await network.refused('InvalidProgramId', swapped(paid.resume(), network.ids.coordinator, network.ids.treasurer), paid.authority);
  });

  it('another treasury may not set a run\'s rate, nor resume it', async () => {
    const a = await PaidRun.funded(9_000n, { num: 1n, den: 1n }, { runId: 'a' });
    const { network } = a.scene;
    const b = await PaidRun.funded(9_000n, { num: 1n, den: 1n }, { network, runId: 'b' });
    const [treasuryA, treasuryB] = [a, b].map((p) => treasuryAddress(network.ids, p.scene.run));
    await network.refused('NotAuthority', swapped(a.setRate({ num: 9n, den: 1n }), a.authority.publicKey, b.authority.publicKey), b.authority);
    await network.refused('ConstraintSeeds', swapped(b.setRate({ num: 9n, den: 1n }), treasuryB, treasuryA), b.authority);
    await network.refused('ConstraintSeeds', swapped(b.resume(), treasuryB, treasuryA), b.authority);
  });
});
