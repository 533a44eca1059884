import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as web3 from '@solana/web3.js';
import * as token from '@solana/spl-token';
import { closeWebSocket } from './web-socket.js';

const { Connection, Keypair, LAMPORTS_PER_SOL, SystemProgram, Transaction } = web3;

/** A validator that the tests below run on. */
export interface BehaviourTarget {
  readonly url: string;
  readonly wsUrl: string;
  /** Whether block times are those of this machine's clock. */
  readonly exactTime?: boolean;
  /** How many subscriptions there are, where the validator tells. */
  subscriptions?(): number;
  stop(): Promise<void>;
}

/** Declares tests of what any Solana validator does, through the libraries that Solana's programs are used with. */
export function testBehaviour(name: string, start: () => Promise<BehaviourTarget>): void {
  describe(`${name}, through @solana/web3.js and @solana/spl-token`, () => declare(start));
}

function declare(start: () => Promise<BehaviourTarget>): void {
  let validator: BehaviourTarget;
  let connection: web3.Connection;
  const payer = Keypair.generate();
  const started = Date.now() / 1000;

  before(async () => {
    validator = await start();
    connection = new Connection(validator.url, 'confirmed');
    const signature = await connection.requestAirdrop(payer.publicKey, 100 * LAMPORTS_PER_SOL);
    await connection.confirmTransaction({ signature, ...(await connection.getLatestBlockhash()) });
  });
  after(async () => {
    closeWebSocket(connection);
    await validator.stop();
  });

  it('finds the PubSub port by itself, as web3.js does with one more than the RPC port', async () => {
    assert.equal(Number(new URL(validator.wsUrl).port), Number(new URL(validator.url).port) + 1);
    assert.equal(await connection.getBalance(payer.publicKey), 100 * LAMPORTS_PER_SOL);
  });

  it('sends and confirms a transfer, and tells all about it afterwards', async () => {
    const to = Keypair.generate().publicKey;
    const tx = new Transaction().add(SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: 5_000_000 }));
    const signature = await web3.sendAndConfirmTransaction(connection, tx, [payer]);
    assert.equal(await connection.getBalance(to), 5_000_000);
    const found = await connection.getTransaction(signature, { commitment: 'confirmed', maxSupportedTransactionVersion: 0 });
    assert.equal(found?.meta?.fee, 5000);
    assert.equal(found?.meta?.err, null);
    assert.equal(found?.meta?.computeUnitsConsumed, 150);
    assert.deepEqual(found?.meta?.postBalances.slice(1, 2), [5_000_000]);
    assert.deepEqual(found?.transaction.signatures, [signature]);
    const parsed = await connection.getParsedTransaction(signature, { commitment: 'confirmed', maxSupportedTransactionVersion: 0 });
    assert.equal((parsed?.transaction.message.instructions[0] as web3.ParsedInstruction).parsed.info.lamports, 5_000_000);
    const [newest] = await connection.getSignaturesForAddress(to);
    assert.equal(newest.signature, signature);
    const { value } = await connection.getSignatureStatus(signature);
    assert.equal(value?.err, null);
  });

  it('stops in preflight what would fail, with Solana\'s code, error and logs', async () => {
    const tx = new Transaction().add(SystemProgram.transfer({
      fromPubkey: payer.publicKey, toPubkey: Keypair.generate().publicKey, lamports: 1000 * LAMPORTS_PER_SOL,
    }));
    const before = await connection.getBalance(payer.publicKey);
    await assert.rejects(connection.sendTransaction(tx, [payer]), (error: unknown) => {
      assert.ok(error instanceof web3.SendTransactionError);
      assert.match(error.message, /Simulation failed[^]*custom program error: 0x1/);
      assert.match(error.logs!.join(), /insufficient lamports/);
      return true;
    });
    assert.equal(await connection.getBalance(payer.publicKey), before);
  });

  it('lets it land with its fee where preflight is skipped', async () => {
    const tx = new Transaction().add(SystemProgram.transfer({
      fromPubkey: payer.publicKey, toPubkey: Keypair.generate().publicKey, lamports: 1000 * LAMPORTS_PER_SOL,
    }));
    const before = await connection.getBalance(payer.publicKey);
    const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash();
    const signature = await connection.sendTransaction(tx, [payer], { skipPreflight: true });
    // web3.js throws the error if it learns it by asking, and returns it if it is told.
    const err = await connection.confirmTransaction({ signature, blockhash, lastValidBlockHeight })
      .then(({ value }) => value.err, (thrown: unknown) => thrown);
    assert.deepEqual(err, { InstructionError: [0, { Custom: 1 }] });
    // An error is thrown as soon as the transaction is processed.
    assert.equal(await connection.getBalance(payer.publicKey, 'processed'), before - 5000);
  });

  it('runs versioned transactions with a lookup table', async () => {
    const to = Keypair.generate().publicKey;
    const [create, table] = web3.AddressLookupTableProgram.createLookupTable({
      authority: payer.publicKey, payer: payer.publicKey, recentSlot: await connection.getSlot('finalized'),
    });
    const extend = web3.AddressLookupTableProgram.extendLookupTable({
      lookupTable: table, authority: payer.publicKey, payer: payer.publicKey, addresses: [to],
    });
    await web3.sendAndConfirmTransaction(connection, new Transaction().add(create, extend), [payer]);
    // Addresses can be used from the slot after the one that they came in.
    const extended = await connection.getSlot();
    while (await connection.getSlot() <= extended + 1) await sleep(20);
    const lookupTable = (await connection.getAddressLookupTable(table)).value!;
    const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash();
    const message = new web3.TransactionMessage({
      payerKey: payer.publicKey, recentBlockhash: blockhash,
      instructions: [SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: 3_000_000 })],
    }).compileToV0Message([lookupTable]);
    const tx = new web3.VersionedTransaction(message);
    tx.sign([payer]);
    const signature = await connection.sendTransaction(tx);
    await connection.confirmTransaction({ signature, blockhash, lastValidBlockHeight });
    const found = await connection.getTransaction(signature, { commitment: 'confirmed', maxSupportedTransactionVersion: 0 });
    assert.equal(found?.meta?.loadedAddresses?.writable[0].toBase58(), to.toBase58());
    assert.equal(found?.version, 0);
    await assert.rejects(connection.getTransaction(signature, { commitment: 'confirmed' }), /maxSupportedTransactionVersion/);
  });

  for (const [name, programId] of [['Token', token.TOKEN_PROGRAM_ID], ['Token-2022', token.TOKEN_2022_PROGRAM_ID]] as const) {
    it(`mints and moves tokens of ${name}, and tells balances, supply and accounts`, async () => {
      const mint = await token.createMint(connection, payer, payer.publicKey, null, 6, undefined, undefined, programId);
      const other = Keypair.generate().publicKey;
      const mine = await token.getOrCreateAssociatedTokenAccount(connection, payer, mint, payer.publicKey, false, 'confirmed', undefined, programId);
      const theirs = await token.getOrCreateAssociatedTokenAccount(connection, payer, mint, other, false, 'confirmed', undefined, programId);
      await token.mintTo(connection, payer, mint, mine.address, payer, 1_500_000n, [], undefined, programId);
      const signature = await token.transferChecked(connection, payer, mine.address, mint, theirs.address, payer, 500_000n, 6, [], undefined, programId);
      assert.equal((await connection.getTokenAccountBalance(theirs.address)).value.uiAmountString, '0.5');
      assert.equal((await connection.getTokenSupply(mint)).value.amount, '1500000');
      assert.equal((await token.getAccount(connection, mine.address, undefined, programId)).amount, 1_000_000n);
      assert.equal((await token.getMint(connection, mint, undefined, programId)).decimals, 6);
      const held = await connection.getParsedTokenAccountsByOwner(other, { programId });
      assert.equal(held.value[0].account.data.parsed.info.tokenAmount.amount, '500000');
      const byMint = await connection.getTokenAccountsByOwner(other, { mint });
      assert.equal(byMint.value[0].pubkey.toBase58(), theirs.address.toBase58());
      assert.equal((await connection.getTokenLargestAccounts(mint)).value[0].amount, '1000000');
      const parsedMint = await connection.getParsedAccountInfo(mint);
      assert.equal((parsedMint.value?.data as web3.ParsedAccountData).parsed.info.decimals, 6);
      const { meta } = (await connection.getTransaction(signature, { commitment: 'confirmed', maxSupportedTransactionVersion: 0 }))!;
      assert.equal(meta?.postTokenBalances?.find((b) => b.owner === other.toBase58())?.uiTokenAmount.amount, '500000');
    });
  }

  it('finds a program\'s accounts by size and bytes, and cuts slices', async () => {
    const mint = await token.createMint(connection, payer, payer.publicKey, null, 2);
    const filters = [{ dataSize: 82 }, { memcmp: { offset: 4, bytes: payer.publicKey.toBase58() } }];
    const found = await connection.getProgramAccounts(token.TOKEN_PROGRAM_ID, { filters, dataSlice: { offset: 44, length: 1 } });
    assert.deepEqual(found.find((f) => f.pubkey.equals(mint))?.account.data, Buffer.of(2));
    assert.equal((await connection.getProgramAccounts(token.TOKEN_PROGRAM_ID, { filters: [{ dataSize: 83 }] })).length, 0);
  });

  it('simulates, with accounts', async () => {
    const to = Keypair.generate().publicKey;
    const tx = new Transaction().add(SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: 4_000_000 }));
    tx.feePayer = payer.publicKey;
    const { value } = await connection.simulateTransaction(tx, undefined, [to]);
    assert.deepEqual([value.err, value.unitsConsumed, value.accounts?.[0]?.lamports], [null, 150, 4_000_000]);
    assert.equal(await connection.getAccountInfo(to), null);
  });

  it('subscribes to accounts, programs, logs, signatures, slots and roots, and unsubscribes', async () => {
    const to = Keypair.generate().publicKey;
    const got = new Map<string, unknown>();
    let done: () => void;
    const all = new Promise<void>((resolve) => (done = resolve));
    const note = (what: string) => (value: unknown): void => {
      got.set(what, value);
      if (got.size === 7) done();
    };
    const ids = {
      account: connection.onAccountChange(to, note('account'), { commitment: 'confirmed' }),
      processed: connection.onAccountChange(to, note('processed'), { commitment: 'processed' }),
      program: connection.onProgramAccountChange(SystemProgram.programId, (info) => {
        if (info.accountId.equals(to)) note('program')(info);
      }, { commitment: 'confirmed' }),
      logs: connection.onLogs(to, note('logs'), 'confirmed'),
      root: connection.onRootChange(note('root')),
      slot: 0,
    };
    // Requests are taken in their order: who hears of slots is subscribed to all that was asked for before.
    await new Promise<void>((resolve) => {
      ids.slot = connection.onSlotChange((slot) => {
        note('slot')(slot);
        resolve();
      });
    });
    const tx = new Transaction().add(SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: to, lamports: 6_000_000 }));
    const signature = await connection.sendTransaction(tx, [payer]);
    connection.onSignature(signature, note('signature'), 'finalized');
    await all;
    assert.equal((got.get('account') as web3.AccountInfo<Buffer>).lamports, 6_000_000);
    assert.equal((got.get('logs') as web3.Logs).signature, signature);
    assert.deepEqual(got.get('signature'), { err: null });
    await Promise.all([
      connection.removeAccountChangeListener(ids.account), connection.removeAccountChangeListener(ids.processed),
      connection.removeProgramAccountChangeListener(ids.program), connection.removeOnLogsListener(ids.logs),
      connection.removeSlotChangeListener(ids.slot), connection.removeRootChangeListener(ids.root),
    ]);
    while ((validator.subscriptions?.() ?? 0) > 0) await connection.getSlot();
  });

  it('tells about itself', async () => {
    const schedule = await connection.getEpochSchedule();
    assert.equal(schedule.slotsPerEpoch, 432_000);
    assert.equal((await connection.getEpochInfo()).epoch, 0);
    assert.match((await connection.getVersion())['solana-core'], /^\d+\.\d+\.\d+$/);
    assert.equal((await connection.getGenesisHash()).length > 40, true);
    assert.ok(Array.isArray((await connection.getVoteAccounts()).current));
    assert.equal(await connection.getMinimumBalanceForRentExemption(165), 2_039_280);
    assert.equal((await connection.getClusterNodes()).length, 1);
    assert.ok(await connection.getSlot('finalized') <= await connection.getSlot('processed') - 31);
    // A validator's time is what its votes say, and falls behind for good where the machine stood still for a while.
    const time = (await connection.getBlockTime(await connection.getSlot('confirmed')))!;
    assert.ok(Number.isInteger(time) && time <= Date.now() / 1000 + 2, `a block of ${time - Date.now() / 1000} s from now`);
    if (validator.exactTime) assert.ok(time >= started - 2, `a block of ${started - time} s before the tests`);
    const { blockhash } = await connection.getLatestBlockhash();
    assert.equal((await connection.isBlockhashValid(blockhash)).value, true);
    const message = new web3.TransactionMessage({ payerKey: payer.publicKey, recentBlockhash: blockhash, instructions: [
      web3.ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1_000_000 }), web3.ComputeBudgetProgram.setComputeUnitLimit({ units: 1000 }),
    ] }).compileToLegacyMessage();
    assert.equal((await connection.getFeeForMessage(message)).value, 6000);
    assert.equal((await connection.getRecentPrioritizationFees())[0].prioritizationFee, 0);
    assert.equal((await connection.getSupply()).value.total > 0, true);
  });
}
