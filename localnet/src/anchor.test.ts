import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import anchor from '@coral-xyz/anchor';
import * as web3 from '@solana/web3.js';
import type { Coordinator } from '../../idl/coordinator.js';
import { COORDINATOR_SO, coordinatorIdl } from './testing/coordinator.js';
import { closeWebSocket } from './testing/web-socket.js';
import { startValidator, type Validator } from './index.js';

const RUN_ID = 'anchor';
const CONFIG = {
  warmupTime: 10, cooldownTime: 10, maxRoundTrainTime: 10, roundWitnessTime: 10, epochTime: 600, waitingForMembersExtraTime: 0,
  slotMs: 400, initMinClients: 1, minClients: 1, witnessNodes: 0, totalSteps: 10, globalBatchSizeStart: 4, globalBatchSizeEnd: 4,
  globalBatchSizeWarmupTokens: new anchor.BN(0), sequenceLength: 64, pointsPerStep: new anchor.BN(1000), witnessPermille: 100,
  joinDeposit: new anchor.BN(0), verificationPercent: 0,
};

describe('the embedded validator, through @coral-xyz/anchor', () => {
  let validator: Validator;
  let connection: web3.Connection;
  let program: anchor.Program<Coordinator>;
  let provider: anchor.AnchorProvider;
  const wallet = new anchor.Wallet(web3.Keypair.generate());

  before(async () => {
    validator = await startValidator({ port: 0, slotMs: 50, programs: [{ id: coordinatorIdl.address, path: COORDINATOR_SO }] });
    connection = new web3.Connection(validator.url, 'confirmed');
    provider = new anchor.AnchorProvider(connection, wallet, { commitment: 'confirmed' });
    program = new anchor.Program(coordinatorIdl, provider);
    const signature = await connection.requestAirdrop(wallet.publicKey, 10e9);
    await connection.confirmTransaction({ signature, ...(await connection.getLatestBlockhash()) });
  });
  after(async () => {
    closeWebSocket(connection);
    await validator.stop();
  });

  it('creates a run, tells of its event, and finds its accounts', async () => {
    const { programId } = program;
    const run = await web3.PublicKey.createWithSeed(wallet.publicKey, RUN_ID, programId);
    const [instance] = web3.PublicKey.findProgramAddressSync([Buffer.from('run'), Buffer.from(RUN_ID)], programId);
    const space = program.account.run.size;
    const create = web3.SystemProgram.createAccountWithSeed({
      fromPubkey: wallet.publicKey, basePubkey: wallet.publicKey, seed: RUN_ID, newAccountPubkey: run, programId, space,
      lamports: await connection.getMinimumBalanceForRentExemption(space),
    });
    const logs = new Promise<web3.Logs>((resolve) => connection.onLogs(programId, resolve, 'confirmed'));
    while (validator.stats().subscriptions === 0) await new Promise<void>((resolve) => validator.bank.once('slot', () => resolve()));
    const signature = await program.methods.createRun(RUN_ID, CONFIG, '0.1.0', web3.PublicKey.default, web3.PublicKey.default)
      .accounts({ authority: wallet.publicKey, run, instance }).preInstructions([create]).rpc();
    const told = await logs;
    assert.equal(told.signature, signature);
    const events = [...new anchor.EventParser(programId, program.coder).parseLogs(told.logs)];
    assert.equal(events[0].name, 'runCreated');

    const fetched = await program.account.runInstance.fetch(instance);
    assert.equal((fetched.run).toBase58(), run.toBase58());
    const all = await program.account.runInstance.all();
    assert.deepEqual(all.map((a) => a.publicKey.toBase58()), [instance.toBase58()]);
    assert.equal((await connection.getAccountInfo(run))?.data.length, space);
  });

  it('gives the program\'s own error, by name, from preflight and from a simulation', async () => {
    const run = await web3.PublicKey.createWithSeed(wallet.publicKey, RUN_ID, program.programId);
    await assert.rejects(program.methods.tick().accounts({ run }).rpc(), (error: unknown) => {
      assert.ok(error instanceof anchor.AnchorError);
      assert.ok(coordinatorIdl.errors?.some(({ name }: { name: string }) => name.toLowerCase() === error.error.errorCode.code.toLowerCase()));
      return true;
    });
    const outsider = web3.Keypair.generate();
    await assert.rejects(program.methods.pause().accountsPartial({ authority: outsider.publicKey, run }).signers([outsider]).simulate());
  });
});
