import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { manifestAddress } from '../../client/src/chain/addresses.js';
import { Network } from './support/network.js';
import { Scene } from './support/scene.js';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const FULL = Buffer.from(Array.from({ length: 4096 }, (_, i) => i % 251));

describe('the manifest', () => {
  const network = new Network();
  let scene: Scene;
  before(async () => {
    scene = await Scene.created({ network });
  });

  it('is written in parts, in any order, and sealed with its hash', async () => {
    for (const offset of [3200, 0, 800, 2400, 1600]) {
      await scene.ok('writeManifest', scene.authority, offset, FULL.subarray(offset, Math.min(4096, offset + 800)));
    }
    await scene.ok('writeManifest', scene.authority, 4000, FULL.subarray(4000));
    assert.deepEqual(Buffer.from(scene.view().manifestHash), Buffer.alloc(32));
    await scene.ok('sealManifest', scene.authority, 4096, sha256(FULL));
    assert.deepEqual(Buffer.from(scene.view().manifestHash), sha256(FULL));
    const account = network.bank.getAccount(manifestAddress(network.ids, scene.run))!;
    assert.ok(account.data.includes(FULL));
  });

  it('is not sealed with a hash that is not its own, or a length that it cannot have', async () => {
    await scene.refused('WrongManifestHash', 'sealManifest', scene.authority, 4096, sha256(Buffer.from('other')));
    await scene.refused('WrongManifestHash', 'sealManifest', scene.authority, 4095, sha256(FULL));
    await scene.refused('InvalidManifestRange', 'sealManifest', scene.authority, 0, sha256(Buffer.alloc(0)));
    await scene.refused('InvalidManifestRange', 'sealManifest', scene.authority, 4097, sha256(FULL));
  });

  it('ends at 4,096 bytes', async () => {
    await scene.refused('InvalidManifestRange', 'writeManifest', scene.authority, 4096, Buffer.of(1));
    await scene.refused('InvalidManifestRange', 'writeManifest', scene.authority, 4000, Buffer.alloc(97));
    await scene.refused('InvalidManifestRange', 'writeManifest', scene.authority, 65_535, Buffer.alloc(800));
    await scene.refused('InvalidManifestRange', 'writeManifest', scene.authority, 0, Buffer.alloc(0));
  });

  it('has to be sealed again once it was written to', async () => {
    await scene.ok('writeManifest', scene.authority, 0, FULL.subarray(0, 1));
    assert.deepEqual(Buffer.from(scene.view().manifestHash), Buffer.alloc(32));
    await scene.refused('ManifestNotSealed', 'resume', scene.authority);
    await scene.ok('sealManifest', scene.authority, 4096, sha256(FULL));
  });

  it('is the authority\'s alone, and its own run\'s', async () => {
    await scene.refused('NotAuthority', 'writeManifest', scene.anyone, 0, FULL.subarray(0, 1));
    await scene.refused('NotAuthority', 'sealManifest', scene.anyone, 4096, sha256(FULL));
    const other = await Scene.created({ network, runId: 'other' });
    const write = await other.call('writeManifest', other.authority, 0, FULL.subarray(0, 1));
    write.instruction.keys[2].pubkey = manifestAddress(network.ids, scene.run);
    await network.refused('ConstraintHasOne', write, other.authority);
  });

  it('stays as it is while the run is under way', async () => {
    await scene.ok('resume', scene.authority);
    await scene.refused('WrongState', 'writeManifest', scene.authority, 0, FULL.subarray(0, 1));
    await scene.refused('WrongState', 'sealManifest', scene.authority, 4096, sha256(FULL));
    await scene.ok('pause', scene.authority);
    await scene.ok('sealManifest', scene.authority, 4096, sha256(FULL));
  });
});
