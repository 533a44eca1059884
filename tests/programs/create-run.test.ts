import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PublicKey, SystemProgram } from '@solana/web3.js';
import { instanceAddress, manifestAddress, runAddress, treasuryAddress } from '../../client/src/chain/addresses.js';
import type { ConfigArgs } from '../../client/src/chain/coordinator-calls.js';
import { RUN_SPACE } from '../../client/src/chain/decode-run.js';
import type { Call } from '../../client/src/chain/transaction.js';
import { Network } from './support/network.js';
import { Scene } from './support/scene.js';
import { SETTINGS, VERSION } from './support/settings.js';

const network = new Network();
const authority = network.key('authority');

function createRun(runId: string, change: Partial<{ config: Partial<ConfigArgs>; clientVersion: string }> = {}): Promise<Call[]> {
  const config = { ...SETTINGS, ...change.config };
  const clientVersion = change.clientVersion ?? VERSION;
  return network.coordinator.createRun(authority.publicKey, { runId, config, clientVersion, treasury: PublicKey.default });
}

/** The calls of `createRun('some-run')`, for an id that the client itself would refuse. */
async function createRunNamed(runId: string): Promise<Call[]> {
  const [account, create] = await createRun('some-run');
  const { coordinator } = network.ids;
  const id = Buffer.from(runId);
  const run = await PublicKey.createWithSeed(authority.publicKey, runId.slice(0, 32), coordinator);
  account.instruction = SystemProgram.createAccountWithSeed({
    fromPubkey: authority.publicKey, basePubkey: authority.publicKey, seed: runId.slice(0, 32), newAccountPubkey: run,
    lamports: 1_000_000_000, space: RUN_SPACE, programId: coordinator,
  });
  const { keys, data } = create.instruction;
  keys[1].pubkey = run;
  keys[2].pubkey = PublicKey.findProgramAddressSync([Buffer.from('run'), id.subarray(0, 32)], coordinator)[0];
  keys[3].pubkey = manifestAddress(network.ids, run);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(id.length);
  create.instruction.data = Buffer.concat([data.subarray(0, 8), length, id, data.subarray(12 + 'some-run'.length)]);
  return [account, create];
}

describe('create_run', () => {
  it('makes run, instance and manifest, and stores the settings with their times in slots', async () => {
    const runId = 'A-z_0.9'.padEnd(32, 'x');
    const scene = await Scene.created({ network, runId, treasury: true });
    const run = scene.view();
    assert.deepEqual([run.state, run.runId, run.clientVersion, run.epoch, run.step, run.members.length], ['Uninitialized', runId, VERSION, 0, 0, 0]);
    assert.equal(run.authority, scene.authority.publicKey.toBase58());
    assert.equal(run.treasury, treasuryAddress(network.ids, scene.run).toBase58());
    const { warmupSlots, cooldownSlots, maxRoundTrainSlots, roundWitnessSlots, epochSlots, waitingForMembersExtraSlots, ...stored } = run.config;
    assert.deepEqual([warmupSlots, cooldownSlots, maxRoundTrainSlots, roundWitnessSlots, epochSlots, waitingForMembersExtraSlots], [10, 10, 20, 10, 1000, 5]);
    for (const [name, value] of Object.entries(SETTINGS)) assert.equal(stored[name as keyof typeof stored], value, name);
    assert.ok(network.bank.getAccount(instanceAddress(network.ids, runId))!.data.includes(scene.run.toBuffer()));
    assert.ok(network.bank.getAccount(manifestAddress(network.ids, scene.run))!.data.length > 4096);
  });

  it('refuses an id that is taken, by whomever', async () => {
    await network.ok(createRun('taken'), authority);
    const other = network.key('other');
    const args = { runId: 'taken', config: SETTINGS, clientVersion: VERSION, treasury: PublicKey.default };
    await network.refused('AccountInUse', network.coordinator.createRun(other.publicKey, args), other);
  });

  it('refuses ids that are empty, too long or hard to read', async () => {
    for (const id of ['', 'with space', 'a/b', 'ä', 'line\nbreak', 'x'.repeat(33)]) {
      await network.refused('InvalidRunId', createRunNamed(id), authority);
    }
  });

  it('refuses an account that is not at the address made of authority and id', async () => {
    const [account, create] = await createRun('own-address');
    const elsewhere = await runAddress(network.ids, authority.publicKey, 'elsewhere');
    account.instruction = SystemProgram.createAccountWithSeed({
      fromPubkey: authority.publicKey, basePubkey: authority.publicKey, seed: 'elsewhere', newAccountPubkey: elsewhere,
      lamports: 1_000_000_000, space: RUN_SPACE, programId: network.ids.coordinator,
    });
    create.instruction.keys[1].pubkey = elsewhere;
    create.instruction.keys[3].pubkey = manifestAddress(network.ids, elsewhere);
    await network.refused('WrongRunAddress', [account, create], authority);
  });

  it('refuses an account of another size, of another owner, and one that is in use', async () => {
    const run = await runAddress(network.ids, authority.publicKey, 'odd');
    const [, create] = await createRun('odd');
    const account: Call = {
      name: 'create account', computeUnits: 1000,
      instruction: SystemProgram.createAccountWithSeed({
        fromPubkey: authority.publicKey, basePubkey: authority.publicKey, seed: 'odd', newAccountPubkey: run,
        lamports: 1_000_000_000, space: RUN_SPACE + 8, programId: network.ids.coordinator,
      }),
    };
    await network.refused('WrongRunSize', [account, create], authority);
    const foreign = { lamports: 1_000_000_000n, owner: network.ids.treasurer.toBase58(), data: Buffer.alloc(RUN_SPACE), executable: false };
    network.bank.setAccount(run.toBase58(), foreign);
    await network.refused('AccountOwnedByWrongProgram', create, authority);
    await network.ok(createRun('used'), authority);
    const [, again] = await createRun('used');
    await network.refused('AccountInUse', again, authority);
  });

  it('works where somebody sent lamports to the run\'s address before, if it is allocated and assigned', async () => {
    const run = await runAddress(network.ids, authority.publicKey, 'prefunded');
    network.bank.setAccount(run.toBase58(), { lamports: 900_000n, owner: SystemProgram.programId.toBase58(), data: Buffer.alloc(0), executable: false });
    const [account, create] = await createRun('prefunded');
    await network.refused('AccountInUse', [account, create], authority);
    const seeded = { accountPubkey: run, basePubkey: authority.publicKey, seed: 'prefunded', programId: network.ids.coordinator };
    const steps = [
      SystemProgram.transfer({ fromPubkey: authority.publicKey, toPubkey: run, lamports: 300_000_000 }),
      SystemProgram.allocate({ ...seeded, space: RUN_SPACE }),
      SystemProgram.assign(seeded),
    ].map((instruction) => ({ name: 'account', instruction, computeUnits: 1000 }));
    await network.ok([...steps, create], authority);
  });

  it('needs the authority to sign', async () => {
    const [, create] = await createRun('unsigned');
    create.instruction.keys[0].isSigner = false;
    await network.refused('AccountNotSigner', create, network.key('stranger'));
  });

  const wrong: [error: string, config: Partial<ConfigArgs>][] = [
    ['InvalidSlotMs', { slotMs: 9 }],
    ['InvalidSlotMs', { slotMs: 10_001 }],
    ['InvalidTime', { warmupTime: 0 }],
    ['InvalidTime', { cooldownTime: 0 }],
    ['InvalidTime', { maxRoundTrainTime: 30 * 86_400 + 1 }],
    ['InvalidTime', { roundWitnessTime: 0 }],
    ['InvalidTime', { epochTime: 366 * 86_400 + 1 }],
    ['InvalidTime', { waitingForMembersExtraTime: 30 * 86_400 + 1 }],
    ['InvalidMinClients', { minClients: 0 }],
    ['InvalidMinClients', { minClients: 2, initMinClients: 1 }],
    ['InvalidMinClients', { initMinClients: 257 }],
    ['InvalidWitnessNodes', { witnessNodes: 33 }],
    ['InvalidTotalSteps', { totalSteps: 0 }],
    ['InvalidBatchSize', { globalBatchSizeStart: 0 }],
    ['InvalidBatchSize', { globalBatchSizeEnd: 2 ** 20 + 1 }],
    ['InvalidSequenceLength', { sequenceLength: 0 }],
    ['InvalidSequenceLength', { sequenceLength: 2 ** 20, globalBatchSizeEnd: 2 ** 20, totalSteps: 2 ** 25 }],
    ['InvalidPoints', { pointsPerStep: 2n ** 63n, totalSteps: 2 }],
    ['InvalidWitnessPermille', { witnessPermille: 1001 }],
    ['InvalidDeposit', { joinDeposit: 1_000n * 1_000_000_000n + 1n }],
    ['InvalidVerification', { verificationPercent: 1 }],
  ];
  for (const [error, config] of wrong) {
    const text = Object.entries(config).map(([k, v]) => `${k} ${v}`).join(', ');
    it(`refuses ${text} with ${error}`, async () => {
      await network.refused(error, createRun('wrong', { config }), authority);
    });
  }

  it('refuses client versions that are empty, too long or not printable', async () => {
    for (const clientVersion of ['', '1'.repeat(33), '1.0\n', '1.0 ']) {
      await network.refused('InvalidClientVersion', createRun('version', { clientVersion }), authority);
    }
  });

  it('takes the largest settings there are', async () => {
    const config = {
      warmupTime: 30 * 86_400, epochTime: 366 * 86_400, slotMs: 10, initMinClients: 256, minClients: 256, witnessNodes: 32,
      totalSteps: 2 ** 23, globalBatchSizeEnd: 2 ** 20, sequenceLength: 2 ** 20, pointsPerStep: 2n ** 39n, witnessPermille: 1000,
    };
    await network.ok(createRun('largest', { config }), authority);
  });
});
