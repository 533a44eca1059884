import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { batchShares } from '../../client/src/protocol/assignment.js';
import { roundPoints } from '../../client/src/protocol/points.js';
import { coolDown, hashOf, pinSeed, playRound, startEpoch, startTraining } from './support/epoch.js';
import { assertSumsExact } from './support/sums.js';
import { Scene } from './support/scene.js';

describe('a whole run', () => {
  for (const members of [1, 2, 3]) {
    it(`goes through all states to Finished with ${members} member${members > 1 ? 's' : ''}, and its points are exact`, async () => {
      const capacities = [1, 3, 8].slice(0, members);
      const batch = { globalBatchSizeStart: 29, globalBatchSizeEnd: 29 };
      const scene = await Scene.sealed({ settings: { ...batch, initMinClients: members, minClients: members, pointsPerStep: 1_000_003n } });
      const states = [scene.view().state];
      const seen = (): void => void states.push(scene.view().state);
      await scene.ok('resume', scene.authority);
      seen();
      const nodes = scene.nodes(members);
      await startEpoch(scene, nodes, capacities);
      seen();
      for (const node of nodes) await scene.ok('warmupWitness', node.key, 0);
      await pinSeed(scene);
      await scene.tick();

      let carry = 0n;
      const expected = new Map<string, bigint>();
      for (let step = 0; step < 3; step++) {
        if (step > 0) await pinSeed(scene);
        seen();
        const run = scene.view();
        assert.deepEqual([run.step, run.round, run.dataPosition, run.batchSize], [step, step, BigInt(29 * step), 29]);
        const shares = batchShares(29, run.trainers.map((i) => run.members[i].capacity));
        const points = roundPoints(1_000_003n, carry, 100, shares, run.witnesses.length);
        run.trainers.forEach((index, at) => {
          const key = run.members[index].key;
          expected.set(key, (expected.get(key) ?? 0n) + points.trainers[at] + points.perWitness);
        });
        carry = points.carry;
        await playRound(scene, nodes);
        assert.equal(scene.view().carry, carry);
        assertSumsExact(scene);
      }
      seen();
      const run = scene.view();
      assert.deepEqual([run.step, run.tokensProcessed, run.pointsAwardedTotal], [3, BigInt(3 * 29 * 64), 3_000_009n]);
      for (const member of run.members) {
        assert.equal(member.points, expected.get(member.key));
        assert.deepEqual([member.acceptedRounds, member.witnessedRounds], [3, 3]);
      }
      await coolDown(scene, nodes);
      seen();
      assert.deepEqual(states, ['Uninitialized', 'WaitingForMembers', 'Warmup', 'RoundTrain', 'RoundTrain', 'RoundTrain', 'Cooldown', 'Finished']);
      const end = scene.view();
      assert.deepEqual(end.epochHash, Uint8Array.from(hashOf('parameters')));
      assert.equal(end.pointsEarnedTotal + end.carry, 3_000_009n);
      for (const node of nodes) assert.equal(scene.member(node)!.points, expected.get(node.key.publicKey.toBase58()));
      assertSumsExact(scene);
    });
  }

  it('goes on over several epochs: members, seeds and rounds start anew, step and data go on', async () => {
    // An epoch of two slots has time for one round.
    const scene = await Scene.open({ settings: { epochTime: 1, totalSteps: 2 } });
    const nodes = scene.nodes(2);
    await startTraining(scene, [nodes[0]]);
    await playRound(scene, nodes);
    assert.deepEqual([scene.view().state, scene.view().step], ['Cooldown', 1]);
    await scene.join(nodes[1]);
    await coolDown(scene, nodes, hashOf('first'));
    assert.deepEqual([scene.view().state, scene.view().epoch], ['WaitingForMembers', 1]);
    await startTraining(scene, nodes);
    const run = scene.view();
    assert.deepEqual([run.epoch, run.round, run.step, run.dataPosition], [1, 0, 1, 8n]);
    assert.deepEqual(run.epochHash, Uint8Array.from(hashOf('first')));
    assert.equal(run.members.length, 2);
    await playRound(scene, nodes);
    await coolDown(scene, nodes, hashOf('second'));
    assert.deepEqual([scene.view().state, scene.view().epoch], ['Finished', 2]);
    assertSumsExact(scene);
  });
});
