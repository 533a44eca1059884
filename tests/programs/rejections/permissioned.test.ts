import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Keypair, type PublicKey, SystemProgram } from '@solana/web3.js';
import { authorizationAddress } from '../../../client/src/chain/addresses.js';
import { JOIN_SCOPE } from '../../../client/src/chain/authorizer-calls.js';
import { coolDown, playRound, startTraining } from '../support/epoch.js';
import { type Node, Scene } from '../support/scene.js';

/** A run that takes nobody without an authorization of its authority's. */
async function permissioned(runId = 'permissioned', of?: Scene): Promise<Scene> {
  const scene = await Scene.sealed({ runId, network: of?.network, settings: { epochTime: 1 } });
  const { network, authority, run } = scene;
  await network.ok(network.coordinator.setJoinAuthority(authority.publicKey, run, authority.publicKey), authority);
  await scene.ok('resume', scene.authority);
  return scene;
}

const authorizationOf = (scene: Scene, grantee: PublicKey, scope: Uint8Array = JOIN_SCOPE, grantor = scene.authority): PublicKey =>
  authorizationAddress(scene.network.ids, grantor.publicKey, grantee, scope);

async function authorize(scene: Scene, grantee: PublicKey, scope: Uint8Array = JOIN_SCOPE, grantor = scene.authority): Promise<PublicKey> {
  await scene.network.ok(scene.network.authorizer.createAuthorization(grantor.publicKey, grantee, scope), grantor);
  return authorizationOf(scene, grantee, scope, grantor);
}

const join = (scene: Scene, node: Node, authorization?: PublicKey) => scene.join(node, { authorization });
const refused = (scene: Scene, node: Node, authorization?: PublicKey, error = 'NotAuthorized') =>
  scene.refused(error, 'joinRun', node.key, scene.joining(node, { authorization }));

describe('joining a permissioned run', () => {
  it('takes an authorization for all runs of the grantor, or for this one', async () => {
    const scene = await permissioned();
    const [a, b, stranger] = scene.nodes(3);
    await refused(scene, a);
    await join(scene, a, await authorize(scene, a.key.publicKey));
    await join(scene, b, await authorize(scene, b.key.publicKey, scene.run.toBytes()));
    assert.equal(scene.view().pending.length, 2);
    await refused(scene, stranger, authorizationOf(scene, a.key.publicKey));
    await refused(scene, stranger, authorizationOf(scene, b.key.publicKey, scene.run.toBytes()));
    const second = await permissioned('second', scene);
    await refused(second, b, authorizationOf(scene, b.key.publicKey, scene.run.toBytes()));
    await refused(second, a, authorizationOf(scene, a.key.publicKey));
  });

  it('takes none of another grantor, scope or program', async () => {
    const scene = await permissioned();
    const { network, anyone } = scene;
    const [node] = scene.nodes(1);
    const mine = await authorize(scene, node.key.publicKey, JOIN_SCOPE, node.key);
    await refused(scene, node, mine);
    await refused(scene, node, await authorize(scene, node.key.publicKey, JOIN_SCOPE, anyone));
    const scopes = ['psyche-joi', 'psyche-join\0', 'x', scene.run.toBase58().slice(0, 32)].map((text) => Buffer.from(text));
    for (const scope of [...scopes, Buffer.alloc(32), scene.run.toBytes().slice(0, 31), anyone.publicKey.toBytes()]) {
      await refused(scene, node, await authorize(scene, node.key.publicKey, scope));
    }
    const real = network.bank.getAccount(await authorize(scene, node.key.publicKey))!;
    for (const owner of [network.ids.coordinator, network.ids.treasurer, SystemProgram.programId]) {
      const { publicKey } = Keypair.generate();
      network.bank.setAccount(publicKey.toBase58(), { ...real, owner: owner.toBase58() });
      await refused(scene, node, publicKey, 'AccountOwnedByWrongProgram');
    }
    await refused(scene, node, scene.run, 'AccountOwnedByWrongProgram');
    await refused(scene, node, node.payout.publicKey, 'AccountOwnedByWrongProgram');
  });

  it('is for the grantee\'s delegates too, as long as it names them', async () => {
    const scene = await permissioned();
    const { network } = scene;
    const [owner, machine, other] = scene.nodes(3);
    const authorization = await authorize(scene, owner.payout.publicKey);
    const set = (keys: PublicKey[], by = owner.payout) => network.authorizer.setDelegates(by.publicKey, authorization, keys);
    await refused(scene, machine, authorization);
    await network.refused('NotGrantee', set([machine.key.publicKey], machine.key), machine.key);
    await network.refused('NotGrantee', set([machine.key.publicKey], scene.authority), scene.authority);
    const full = Array.from({ length: 15 }, (_, i) => network.key(`machine ${i}`).publicKey);
    const held = network.lamports(owner.payout.publicKey);
    await network.ok(set([...full, machine.key.publicKey]), owner.payout);
    const rent = network.bank.svm.rentExemption(16 * 32) - network.bank.svm.rentExemption(0);
    assert.equal(network.lamports(owner.payout.publicKey), held - rent - 5_000n);
    await join(scene, machine, authorization);
    await network.ok(set([other.key.publicKey]), owner.payout);
    assert.equal(network.lamports(owner.payout.publicKey), held - rent / 16n - 10_000n, 'what the list shrank by came back');
    await refused(scene, machine, authorization);
    await join(scene, other, authorization);
  });

  it('is looked at again each epoch: suspended or closed it is worth nothing', async () => {
    const scene = await permissioned();
    const { network, authority } = scene;
    const nodes = scene.nodes(2);
    const [a, b] = nodes;
    const authorizations = [await authorize(scene, a.key.publicKey), await authorize(scene, b.key.publicKey)];
    for (const [i, node] of nodes.entries()) await join(scene, node, authorizations[i]);
    await network.ok(network.authorizer.setActive(authority.publicKey, authorizations[0], false), authority);
    await refused(scene, a, authorizations[0]);
    // It stays on the list, and in the epoch.
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    await coolDown(scene, nodes);
    await refused(scene, a, authorizations[0]);
    await network.ok(network.authorizer.setActive(authority.publicKey, authorizations[0], true), authority);
    await join(scene, a, authorizations[0]);
    await network.ok(network.authorizer.closeAuthorization(authority.publicKey, b.key.publicKey, authorizations[1]), authority);
    await refused(scene, b, authorizations[1], 'AccountNotInitialized');
  });

  it('is open to anyone again when the run names no join authority', async () => {
    const scene = await permissioned();
    const { network, authority } = scene;
    const [node, other] = scene.nodes(2);
    await network.refused('WrongState', network.coordinator.setJoinAuthority(authority.publicKey, scene.run), authority);
    await scene.ok('pause', authority);
    await network.ok(network.coordinator.setJoinAuthority(authority.publicKey, scene.run), authority);
    await scene.ok('resume', authority);
    await join(scene, node);
    // What is given where none is needed is still read, and may be anything that is an authorization.
    await refused(scene, other, other.payout.publicKey, 'AccountOwnedByWrongProgram');
    await join(scene, other, await authorize(scene, scene.anyone.publicKey, Buffer.from('else')));
  });
});

describe('close_authorization', () => {
  it('gives each its part of the rent back, and is not held up by a grantee that is poor', async () => {
    const scene = await permissioned();
    const { network, authority } = scene;
    const [rich, poor] = ['rich', 'poor'].map((name) => network.key(name));
    for (const grantee of [rich, poor]) {
      const authorization = await authorize(scene, grantee.publicKey);
      const base = network.lamports(authorization);
      await network.ok(network.authorizer.setDelegates(grantee.publicKey, authorization, [scene.run]), grantee);
      const added = network.lamports(authorization) - base;
      if (grantee === poor) network.bank.setAccount(poor.publicKey.toBase58(), null);
      const held = [authority, grantee].map((k) => network.lamports(k.publicKey));
      await network.ok(network.authorizer.closeAuthorization(authority.publicKey, grantee.publicKey, authorization), authority);
      const got = [authority, grantee].map((k, i) => network.lamports(k.publicKey) - held[i]);
      const toPoor = added >= network.bank.svm.rentExemption(0) ? added : 0n;
      assert.deepEqual(got, grantee === rich ? [base - 5_000n, added] : [base + added - toPoor - 5_000n, toPoor]);
      assert.equal(network.bank.getAccount(authorization), null);
    }
  });
});
