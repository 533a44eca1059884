import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PublicKey, SystemProgram } from '@solana/web3.js';
import { memberAddress } from '../../client/src/chain/addresses.js';
import { ballot, coolDown, pinSeed, playRound, startEpoch, startTraining } from './support/epoch.js';
import { type Node, Scene } from './support/scene.js';

const pendingOf = (scene: Scene): [string, number][] => scene.view().pending.map((p) => [p.key, p.capacity]);
const name = (node: Node): string => node.key.publicKey.toBase58();

describe('join_run', () => {
  it('makes the member\'s account, takes the deposit, and puts the node on the list', async () => {
    const scene = await Scene.open();
    const { network } = scene;
    const node = scene.node(0);
    const held = network.lamports(node.key.publicKey);
    await scene.join(node, { capacity: 3, address: { kind: 'multiaddr', bytes: Buffer.alloc(48, 7) } });
    assert.deepEqual(pendingOf(scene), [[name(node), 3]]);
    const member = scene.member(node)!;
    assert.deepEqual([member.node, member.payout, member.capacity], [name(node), node.payout.publicKey.toBase58(), 3]);
    assert.deepEqual([member.deposit, member.points, member.owed, member.joinedEpoch], [1_000_000n, 0n, 0n, 0]);
    assert.deepEqual(member.network, { kind: 'multiaddr', bytes: new Uint8Array(48).fill(7) });
    const account = network.bank.getAccount(member.address)!;
    assert.equal(account.lamports, network.bank.svm.rentExemption(account.data.length) + 1_000_000n);
    assert.equal(network.lamports(node.key.publicKey), held - account.lamports - 5_000n);
    assert.deepEqual([scene.view().memberAccounts, scene.view().depositsHeld], [1, 1_000_000n]);
  });

  it('again changes capacity and address, and costs nothing; the payout key stays', async () => {
    const scene = await Scene.open();
    const [a, b] = scene.nodes(2);
    await scene.join(a);
    await scene.join(b);
    await scene.join(a, { capacity: 8, address: { kind: 'through', index: 255 } });
    assert.deepEqual(pendingOf(scene), [[name(a), 8], [name(b), 1]]);
    assert.deepEqual(scene.member(a)!.network, { kind: 'through', index: 255 });
    assert.equal(scene.view().depositsHeld, 2_000_000n);
    await scene.refused('PayoutFixed', 'joinRun', a.key, scene.joining(a, { payout: b.payout.publicKey }));
  });

  it('refuses what it can\'t work with', async () => {
    const scene = await Scene.open();
    const node = scene.node(0);
    const refused = (error: string, args: object) => scene.refused(error, 'joinRun', node.key, scene.joining(node, args));
    await refused('InvalidCapacity', { capacity: 0 });
    await refused('InvalidCapacity', { capacity: 9 });
    await refused('InvalidPayout', { payout: PublicKey.default });
    await refused('InvalidAddress', { address: { kind: 'through', index: 256 } });
    await refused('WrongClientVersion', { clientVersion: '0.1.1' });
    // Past what the client's own encoder lets through: a multiaddr whose length is changed afterwards.
    const join = await scene.call('joinRun', node.key, scene.joining(node, { address: { kind: 'multiaddr', bytes: Buffer.alloc(48, 7) } }));
    const at = 8 + 32 + 1 + 1;
    const { data } = join.instruction;
    const withBytes = (bytes: Buffer): Buffer => Buffer.concat([data.subarray(0, at), Buffer.of(bytes.length, 0, 0, 0), bytes, data.subarray(at + 4 + 48)]);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(49, 7)]) {
      join.instruction.data = withBytes(bytes);
      await scene.network.refused('InvalidAddress', join, node.key);
    }
    // More than the instruction has; and more than the program's heap.
    join.instruction.data = Buffer.concat([data.subarray(0, at), Buffer.of(0, 2, 0, 0), data.subarray(at + 4)]);
    await scene.network.refused('InstructionDidNotDeserialize', join, node.key);
    join.instruction.data = Buffer.concat([data.subarray(0, at), Buffer.alloc(4, 255), data.subarray(at + 4)]);
    assert.notEqual((await scene.network.send(join, node.key)).err, null);
  });

  it('takes no account but the node\'s own, and needs its signature', async () => {
    const scene = await Scene.open();
    const [a, b] = scene.nodes(2);
    const join = await scene.call('joinRun', a.key, scene.joining(a));
    join.instruction.keys[2].pubkey = memberAddress(scene.network.ids, scene.run, b.key.publicKey);
    await scene.network.refused('ConstraintSeeds', join, a.key);
    const unsigned = await scene.call('joinRun', a.key, scene.joining(a));
    unsigned.instruction.keys[0].isSigner = false;
    await scene.network.refused('AccountNotSigner', unsigned, b.key);
  });

  it('works where somebody sent lamports to the account before', async () => {
    const scene = await Scene.open();
    const node = scene.node(0);
    const member = memberAddress(scene.network.ids, scene.run, node.key.publicKey);
    scene.network.bank.setAccount(member.toBase58(), { lamports: 900_000n, owner: SystemProgram.programId.toBase58(), data: Buffer.alloc(0), executable: false });
    await scene.join(node);
    assert.deepEqual([scene.member(node)!.deposit, scene.view().depositsHeld], [1_000_000n, 1_000_000n]);
  });

  it('is for the next epoch while one is under way, and not for a run that is not open', async () => {
    const scene = await Scene.sealed();
    const [a, b] = scene.nodes(2);
    await scene.refused('WrongState', 'joinRun', a.key, scene.joining(a));
    await scene.ok('resume', scene.authority);
    await startEpoch(scene, [a]);
    await scene.join(b);
    await scene.ok('warmupWitness', a.key, 0);
    await pinSeed(scene);
    await scene.tick();
    await scene.join(a);
    assert.deepEqual(pendingOf(scene), [[name(b), 1], [name(a), 1]]);
    assert.equal(scene.view().members.length, 1);
    assert.equal(scene.member(b)!.joinedEpoch, 1);
    const run = scene.view();
    await scene.refused('NotMember', 'witness', b.key, ballot(run, 0));
    for (let step = 0; step < 3; step++) await playRound(scene, [a]);
    await coolDown(scene, [a]);
    await scene.refused('WrongState', 'joinRun', scene.node(2).key, scene.joining(scene.node(2)));
  });

  it('tops the deposit up to what the settings ask for now', async () => {
    const scene = await Scene.open();
    const node = scene.node(0);
    await scene.join(node);
    await scene.ok('pause', scene.authority);
    await scene.ok('updateConfig', scene.authority, { ...scene.settings, joinDeposit: 5_000_000n });
    await scene.ok('resume', scene.authority);
    await scene.join(node);
    assert.deepEqual([scene.member(node)!.deposit, scene.view().depositsHeld], [5_000_000n, 5_000_000n]);
  });
});

describe('leave_run', () => {
  it('gives the deposit back; without points it closes the account, and the extra time stops', async () => {
    const scene = await Scene.open({ settings: { initMinClients: 2 } });
    const [a, b] = scene.nodes(2);
    await scene.join(a);
    await scene.join(b);
    assert.notEqual(scene.view().minReachedSlot, 0n);
    const { network } = scene;
    const [held, account] = [network.lamports(a.key.publicKey), network.lamports(new PublicKey(scene.member(a)!.address))];
    await scene.ok('leaveRun', a.key);
    assert.equal(network.lamports(a.key.publicKey), held + account - 5_000n);
    assert.equal(scene.member(a), undefined);
    const run = scene.view();
    assert.deepEqual([pendingOf(scene), run.minReachedSlot, run.memberAccounts, run.depositsHeld], [[[name(b), 1]], 0n, 1, 1_000_000n]);
    await scene.refused('AccountNotInitialized', 'leaveRun', a.key);
    await scene.join(a, { payout: b.payout.publicKey });
    assert.equal(scene.member(a)!.payout, b.payout.publicKey.toBase58(), 'a new account, a new payout key');
  });

  it('is not for a live member of the running epoch, but for those on the list', async () => {
    const scene = await Scene.open();
    const [a, b] = scene.nodes(2);
    await startTraining(scene, [a]);
    await scene.join(b);
    await scene.ok('leaveRun', b.key);
    await scene.refused('InRunningEpoch', 'leaveRun', a.key);
  });

  it('keeps the account of a member that has points, and their owner can come back', async () => {
    const scene = await Scene.open({ settings: { epochTime: 1 } });
    const node = scene.node(0);
    await startTraining(scene, [node]);
    await playRound(scene, [node]);
    await coolDown(scene, [node]);
    const held = scene.network.lamports(node.key.publicKey);
    await scene.ok('leaveRun', node.key);
    assert.equal(scene.network.lamports(node.key.publicKey), held + 1_000_000n - 5_000n);
    assert.deepEqual([scene.member(node)!.points, scene.member(node)!.deposit, scene.view().depositsHeld], [1_000n, 0n, 0n]);
    await scene.refused('PayoutFixed', 'joinRun', node.key, scene.joining(node, { payout: node.key.publicKey }));
    await scene.join(node);
    assert.deepEqual([scene.member(node)!.points, scene.member(node)!.deposit], [1_000n, 1_000_000n]);
  });

  it('takes no other node\'s account', async () => {
    const scene = await Scene.open();
    const [a, b] = scene.nodes(2);
    await scene.join(a);
    await scene.join(b);
    const leave = await scene.call('leaveRun', a.key);
    leave.instruction.keys[2].pubkey = memberAddress(scene.network.ids, scene.run, b.key.publicKey);
    await scene.network.refused('ConstraintHasOne', leave, a.key);
  });
});
