import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Keypair, PublicKey } from '@solana/web3.js';
import { drawRoles } from '../../client/src/protocol/roles.js';
import { roundSeed } from '../../client/src/protocol/seed.js';
import { SYSVAR_OWNER, SYSVAR_SLOT_HASHES } from '../../localnet/src/ledger/addresses.js';
import { pinSeed, playRound, startEpoch, startTraining } from './support/epoch.js';
import { Scene } from './support/scene.js';

/** The hash that SlotHashes has for a slot. */
function slotHash(scene: Scene, slot: bigint): Buffer {
  const { data } = scene.network.bank.getAccount(SYSVAR_SLOT_HASHES)!;
  for (let at = 8; at < data.length; at += 40) if (data.readBigUInt64LE(at) === slot) return data.subarray(at + 8, at + 40);
  throw new Error(`no hash of slot ${slot}`);
}

const expectedSeed = (scene: Scene, slot: bigint): Buffer =>
  Buffer.from(roundSeed(scene.run.toBytes(), scene.view().epoch, scene.view().round, slotHash(scene, slot)));

describe('pin_seed', () => {
  it('takes the hash of the seed\'s slot, as soon as it is known and however late it is asked', async () => {
    for (const late of [1, 30, 400]) {
      const scene = await Scene.open();
      await startEpoch(scene, [scene.node(0)]);
      const { seedSlot } = scene.view();
      assert.equal(seedSlot, BigInt(scene.network.slot + 2));
      scene.pass(2);
      await scene.refused('SeedTooEarly', 'pinSeed', scene.anyone);
      scene.network.bank.warpToSlot(Number(seedSlot) + late);
      const seed = expectedSeed(scene, seedSlot);
      await scene.ok('pinSeed', scene.anyone);
      assert.equal(scene.view().seedPinned, true);
      await scene.refused('SeedAlreadyPinned', 'pinSeed', scene.anyone);
      await scene.ok('warmupWitness', scene.node(0).key, 0);
      await scene.tick();
      assert.deepEqual(Buffer.from(scene.view().rounds[0].seed), seed);
    }
  });

  it('is armed again at a later slot when nobody has for 400 slots', async () => {
    const scene = await Scene.open();
    await startEpoch(scene, [scene.node(0)]);
    const { seedSlot } = scene.view();
    scene.network.bank.warpToSlot(Number(seedSlot) + 401);
    await scene.ok('pinSeed', scene.anyone);
    const armed = scene.view();
    assert.deepEqual([armed.seedPinned, armed.seedSlot], [false, BigInt(scene.network.slot + 2)]);
    await scene.refused('SeedTooEarly', 'pinSeed', scene.anyone);
    scene.pass(3);
    await scene.ok('pinSeed', scene.anyone);
    assert.equal(scene.view().seedPinned, true);
  });

  it('in a round draws its roles and starts its time', async () => {
    const scene = await Scene.open({ settings: { witnessNodes: 2 } });
    const nodes = scene.nodes(3);
    await startTraining(scene, nodes);
    await playRound(scene, nodes);
    const open = scene.view();
    assert.deepEqual([open.round, open.seedPinned, open.trainers, open.witnesses], [1, false, [], []]);
    scene.pass(50);
    await scene.refused('SeedNotPinned', 'tick', scene.anyone);
    const seed = expectedSeed(scene, open.seedSlot);
    await pinSeed(scene);
    const run = scene.view();
    assert.deepEqual(Buffer.from(run.rounds.at(-1)!.seed), seed);
    const roles = drawRoles(seed, [0, 1, 2], 2);
    assert.deepEqual([run.trainers, run.witnesses], [roles.trainers, roles.witnesses]);
    assert.equal(run.stateStartSlot, BigInt(scene.network.slot));
    scene.pass(19);
    await scene.refused('TooEarly', 'tick', scene.anyone);
    scene.pass(1);
    await scene.tick();
    assert.equal(scene.view().state, 'RoundWitness');
    await scene.refused('WrongState', 'pinSeed', scene.anyone);
  });

  it('reads no account but the sysvar, however much it looks like it', async () => {
    const scene = await Scene.open();
    await startEpoch(scene, [scene.node(0)]);
    scene.pass(3);
    const { bank } = scene.network;
    const fake = Keypair.generate().publicKey;
    const { data } = bank.getAccount(SYSVAR_SLOT_HASHES)!;
    bank.setAccount(fake.toBase58(), { lamports: 1_000_000_000n, owner: SYSVAR_OWNER, data, executable: false });
    const call = await scene.call('pinSeed', scene.anyone);
    call.instruction.keys[1].pubkey = fake;
    await scene.network.refused('NotSlotHashes', call, scene.anyone);
    call.instruction.keys[1].pubkey = new PublicKey('SysvarC1ock11111111111111111111111111111111');
    await scene.network.refused('NotSlotHashes', call, scene.anyone);
  });

  it('is for Warmup and RoundTrain only', async () => {
    const scene = await Scene.open();
    await scene.refused('WrongState', 'pinSeed', scene.anyone);
  });
});
