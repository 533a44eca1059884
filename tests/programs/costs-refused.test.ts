import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PublicKey } from '@solana/web3.js';
import { loadOf } from '../../client/src/chain/load.js';
import type { Call } from '../../client/src/chain/transaction.js';
import { ballot, hashOf, startEpoch, startTraining } from './support/epoch.js';
import { Scene } from './support/scene.js';

/** Sends what is refused, and checks that it could say so within the units that the client asks for. */
async function refused(scene: Scene, error: string, call: Promise<Call>, signer = scene.anyone): Promise<void> {
  const { computeUnits, name } = await call;
  const { unitsConsumed } = await scene.network.refused(error, call, signer);
  assert.ok(unitsConsumed - 150 <= computeUnits, `${name}, ${error}: ${unitsConsumed - 150} of ${computeUnits}`);
}

describe('what is refused', () => {
  // The smallest run has the smallest limits.
  it('can say why within what the client asks for', async () => {
    const scene = await Scene.open();
    const { network, anyone, authority, run } = scene;
    const [node, stranger] = scene.nodes(2);
    const load = () => loadOf(scene.view());
    const settle = () => scene.call('settle', anyone, 0, [{ index: 0, key: node.key.publicKey }], load(), 0);
    await refused(scene, 'TooEarly', scene.call('tick', anyone, load()));
    await refused(scene, 'WrongState', scene.call('pinSeed', anyone, load()));
    await refused(scene, 'WrongClientVersion', scene.call('joinRun', node.key, scene.joining(node, { clientVersion: 'another' }), load()), node.key);
    await refused(scene, 'WrongState', scene.call('updateConfig', authority, scene.settings, load()), authority);
    await refused(scene, 'NotAuthority', scene.call('updateConfig', anyone, scene.settings, load()));
    await refused(scene, 'NotAuthority', network.coordinator.setJoinAuthority(anyone.publicKey, run, undefined, load()));
    await refused(scene, 'WrongState', scene.call('resume', authority), authority);
    await refused(scene, 'NotFinishable', scene.call('finish', authority), authority);
    await refused(scene, 'WrongState', scene.call('closeRun', authority, scene.runId), authority);
    await refused(scene, 'WrongState', scene.call('writeManifest', authority, 0, Buffer.alloc(840), load()), authority);
    await startEpoch(scene, [node]);
    await refused(scene, 'TooEarly', scene.call('tick', anyone, load()));
    await refused(scene, 'SeedTooEarly', scene.call('pinSeed', anyone, load()));
    await refused(scene, 'NotMember', scene.call('warmupWitness', stranger.key, 0, load()), stranger.key);
    await refused(scene, 'InRunningEpoch', scene.call('leaveRun', node.key, load()), node.key);
    await refused(scene, 'PayoutFixed', scene.call('joinRun', node.key, scene.joining(node, { payout: PublicKey.unique() }), load(), true), node.key);
    await refused(scene, 'WrongState', settle());
  });

  it('can in rounds and Cooldown, too', async () => {
    const scene = await Scene.open({ settings: { totalSteps: 1 } });
    const { anyone } = scene;
    const [node, stranger] = scene.nodes(2);
    const load = () => loadOf(scene.view());
    await startTraining(scene, [node]);
    await refused(scene, 'TooEarly', scene.call('tick', anyone, load()));
    await refused(scene, 'SeedAlreadyPinned', scene.call('pinSeed', anyone, load()));
    await refused(scene, 'WrongRound', scene.call('witness', node.key, ballot(scene.view(), 0, { round: 7 }), load()), node.key);
    await refused(scene, 'RoundNotKept', scene.call('healthCheck', anyone, 0, 3, 0, load()));
    await refused(scene, 'WrongState', scene.call('cooldownWitness', node.key, 0, hashOf('θ'), load()), node.key);
    await scene.ok('witness', node.key, ballot(scene.view(), 0));
    await scene.tick();
    await refused(scene, 'TooEarly', scene.call('tick', anyone, load()));
    await refused(scene, 'HashNotAgreed', scene.call('checkpoint', node.key, 0, hashOf('θ'), 'here'), node.key);
    await refused(scene, 'NotMember', scene.call('cooldownWitness', stranger.key, 0, hashOf('θ'), load()), stranger.key);
    const settle = () => scene.call('settle', anyone, 0, [{ index: 0, key: node.key.publicKey }], load(), 0);
    await scene.network.ok(settle(), anyone);
    await refused(scene, 'AlreadySettled', settle());
  });
});
