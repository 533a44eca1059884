import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { equivocationProof } from '../../client/src/chain/equivocation.js';
import { type Announcement, signAnnouncement } from '../../client/src/protocol/commitment.js';
import { pinSeed, playRound, startTraining } from './support/epoch.js';
import { events } from './support/events.js';
import { type Node, Scene } from './support/scene.js';
import { assertSumsExact } from './support/sums.js';

const zeros = new Uint8Array(32);

/** A commitment of this node for a round of the scene's run, told apart by its loss. */
function commitment(scene: Scene, node: Node, round: number, loss: number): Announcement {
  const run = scene.view();
  const index = run.members.find((m) => m.key === node.key.publicKey.toBase58())!.index;
  const subject = { program: scene.network.ids.coordinator.toBytes(), run: run.origin, epoch: run.epoch, round, index };
  const body = { payloadHash: zeros, payloadSize: 1, baseHash: zeros, stateRootBefore: zeros, stateRootAfter: zeros, previousCommitment: zeros, loss, tokens: 1 };
  return signAnnouncement(node.key.secretKey, subject, body);
}

describe('convict', () => {
  it('takes the epoch\'s points and the deposit of who signed two commitments for one round', async () => {
    const scene = await Scene.open({ settings: { joinDeposit: 1_000_001n, totalSteps: 4 } });
    const { network, anyone, run } = scene;
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    await pinSeed(scene);
    const [cheat] = nodes;
    const before = scene.view();
    const entry = before.members.find((m) => m.key === cheat.key.publicKey.toBase58())!;
    assert.ok(entry.points > 0n);
    const proof = equivocationProof(cheat.key.publicKey.toBytes(), commitment(scene, cheat, 1, 3), commitment(scene, cheat, 1, 4));
    const held = [anyone.publicKey, run].map((k) => network.lamports(k));
    const done = await network.ok([proof, await network.coordinator.convict(anyone.publicKey, run, cheat.key.publicKey)], anyone);
    const [event] = events(scene, done, 'MemberConvicted');
    assert.deepEqual([String(event.node), Number(event.points)], [cheat.key.publicKey.toBase58(), Number(entry.points)]);
    const after = scene.view();
    const convicted = after.members[entry.index];
    assert.deepEqual([convicted.state, convicted.points, convicted.settled], ['Convicted', 0n, true]);
    assert.deepEqual([after.carry, after.depositsHeld, after.depositsForfeited], [before.carry + entry.points, 2_000_002n, 500_001n]);
    assert.deepEqual([scene.member(cheat)!.deposit, scene.member(cheat)!.slashed], [0n, entry.points]);
    // Two signatures of the proof and one of the transaction cost 5,000 lamports each.
    assert.deepEqual([anyone.publicKey, run].map((k, i) => network.lamports(k) - held[i]), [500_000n - 15_000n, 500_001n]);
    assertSumsExact(scene);
    await network.refused('AlreadyConvicted', [proof, await network.coordinator.convict(anyone.publicKey, run, cheat.key.publicKey)], anyone);
    await playRound(scene, nodes.slice(1), [entry.index]);
    assertSumsExact(scene);
  });
});
