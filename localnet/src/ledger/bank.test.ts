import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ComputeBudgetProgram, Ed25519Program, Keypair, PublicKey, SystemProgram, Transaction, TransactionInstruction } from '@solana/web3.js';
import { createTestBank, fundedKeypair, send } from '../testing.js';
import { SYSVAR_CLOCK, SYSVAR_SLOT_HASHES } from './addresses.js';
import { parseTransaction, TransactionFormatError } from './wire.js';

const transfer = (from: Keypair, to: PublicKey, lamports: number): TransactionInstruction =>
  SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports });

describe('Bank', () => {
  it('executes a transfer, charges its fee and tells both balances', () => {
    const bank = createTestBank();
    const payer = fundedKeypair(bank);
    const to = Keypair.generate().publicKey;
    const { err, signature, landed, unitsConsumed } = send(bank, [transfer(payer, to, 1_000_000)], [payer]);
    assert.deepEqual([err, landed, unitsConsumed], [null, true, 150]);
    assert.equal(bank.getAccount(to)?.lamports, 1_000_000n);
    const record = bank.history.get(signature);
    assert.equal(record?.fee, 5000);
    assert.equal(record?.preBalances[0] - record!.postBalances[0], 1_005_000n);
  });

  it('charges exactly the fee it tells, for verified signatures and priority too', () => {
    const bank = createTestBank();
    const payer = fundedKeypair(bank);
    const signed = Ed25519Program.createInstructionWithPrivateKey({ privateKey: payer.secretKey, message: Buffer.from('psyche') });
    const price = ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 7_777 });
    for (const instructions of [[signed], [price, signed], [price, ComputeBudgetProgram.setComputeUnitLimit({ units: 12_345 }), signed]]) {
      const before = bank.getAccount(payer.publicKey)!.lamports;
      const { err, signature } = send(bank, instructions, [payer]);
      assert.equal(err, null);
      assert.equal(Number(before - bank.getAccount(payer.publicKey)!.lamports), bank.history.get(signature)?.fee);
    }
  });

  it('lets a failed transaction land with its fee, and gives the error as Solana writes it', () => {
    const bank = createTestBank();
    const payer = fundedKeypair(bank);
    const result = send(bank, [transfer(payer, Keypair.generate().publicKey, 10 ** 15)], [payer]);
    assert.deepEqual(result.err, { InstructionError: [0, { Custom: 1 }] });
    assert.equal(result.landed, true);
    assert.equal(bank.getAccount(payer.publicKey)?.lamports, 100_000_000_000n - 5_000n);
  });

  it('charges the fee where a program does not exist', () => {
    const bank = createTestBank();
    const payer = fundedKeypair(bank);
    const missing = new TransactionInstruction({ programId: Keypair.generate().publicKey, keys: [], data: Buffer.of(1) });
    const result = send(bank, [missing], [payer]);
    assert.deepEqual([result.err, result.landed], ['ProgramAccountNotFound', true]);
    assert.equal(bank.getAccount(payer.publicKey)?.lamports, 100_000_000_000n - 5_000n);
  });

  it('refuses what it saw before, until the blockhash expires, and what has no recent blockhash', () => {
    const bank = createTestBank();
    const payer = fundedKeypair(bank);
    const tx = new Transaction({ feePayer: payer.publicKey, recentBlockhash: bank.latestBlockhash().blockhash })
      .add(transfer(payer, Keypair.generate().publicKey, 1_000_000));
    tx.sign(payer);
    assert.equal(bank.sendTransaction(tx).err, null);
    assert.deepEqual([bank.sendTransaction(tx).err, bank.sendTransaction(tx).landed], ['AlreadyProcessed', false]);
    tx.recentBlockhash = bank.latestBlockhash().blockhash;
    tx.instructions[0].data = transfer(payer, payer.publicKey, 7).data;
    tx.sign(payer);
    bank.advanceSlots(150);
    assert.equal(bank.isBlockhashValid(tx.recentBlockhash), true);
    bank.advanceSlots(1);
    assert.equal(bank.sendTransaction(tx).err, 'BlockhashNotFound');
  });

  it('refuses a wrong signature', () => {
    const bank = createTestBank();
    const payer = fundedKeypair(bank);
    const tx = new Transaction({ feePayer: payer.publicKey, recentBlockhash: bank.latestBlockhash().blockhash })
      .add(transfer(payer, Keypair.generate().publicKey, 1_000_000));
    tx.sign(payer);
    const bytes = Uint8Array.from(tx.serialize());
    bytes[5] ^= 1;
    assert.deepEqual([bank.sendTransaction(bytes).err, bank.sendTransaction(bytes).landed], ['SignatureFailure', false]);
  });

  it('survives bytes that are no transaction, cut and changed at every place', () => {
    const bank = createTestBank();
    const payer = fundedKeypair(bank);
    const tx = new Transaction({ feePayer: payer.publicKey, recentBlockhash: bank.latestBlockhash().blockhash })
      .add(transfer(payer, Keypair.generate().publicKey, 1_000_000));
    tx.sign(payer);
    const bytes = Uint8Array.from(tx.serialize());
    for (let i = 0; i < bytes.length; i++) {
      assert.throws(() => bank.sendTransaction(bytes.subarray(0, i)), TransactionFormatError);
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = Uint8Array.from(bytes);
        if (changed[i] === value) continue;
        changed[i] = value;
        try {
          assert.notEqual(bank.sendTransaction(changed).err, null);
        } catch (error) {
          assert.ok(error instanceof TransactionFormatError);
        }
      }
    }
    // What comes behind a transaction is cut off: this is the one that has landed.
    const whole = parseTransaction(Uint8Array.from(bytes));
    assert.deepEqual(parseTransaction(Uint8Array.of(...bytes, 0, 1, 2)), whole);
  });

  it('simulates on the state of a commitment, and leaves the newest as it is', () => {
    const bank = createTestBank();
    const [payer, to] = [Keypair.generate(), Keypair.generate().publicKey];
    bank.advanceSlots(40);
    bank.airdrop(payer.publicKey.toBase58(), 1_000_000_000n);
    const { blockhash } = bank.latestBlockhash();
    const tx = new Transaction({ feePayer: payer.publicKey, recentBlockhash: blockhash }).add(transfer(payer, to, 1_000_000));
    tx.sign(payer);
    const wire = parseTransaction(tx.serialize());
    const seen = (): unknown[] => (['processed', 'confirmed', 'finalized'] as const).flatMap((c) => [bank.admit(wire, c), bank.simulate(wire, true, c).err]);
    assert.deepEqual(seen(), [null, null, null, 'AccountNotFound', 'BlockhashNotFound', 'AccountNotFound']);
    assert.equal(bank.getAccount(payer.publicKey)?.lamports, 1_000_000_000n);
    bank.advanceSlots(1);
    assert.deepEqual(seen(), [null, null, null, null, 'BlockhashNotFound', 'AccountNotFound']);
    bank.advanceSlots(31);
    assert.deepEqual(seen(), [null, null, null, null, null, null]);
    assert.equal(bank.execute(wire).err, null);
  });

  it('keeps Clock and SlotHashes: the hash of slot s is there from slot s + 1, newest first, 512 at most', () => {
    const bank = createTestBank({ slotMs: 400 });
    const hashes = (): { slot: bigint; hash: string }[] => {
      const data = bank.getAccount(SYSVAR_SLOT_HASHES)!.data;
      assert.equal(data.length, 20_488);
      return Array.from({ length: Number(data.readBigUInt64LE(0)) }, (_, i) => ({
        slot: data.readBigUInt64LE(8 + 40 * i), hash: data.subarray(16 + 40 * i, 48 + 40 * i).toString('hex'),
      }));
    };
    assert.deepEqual(hashes().map((h) => h.slot), [0n]);
    const time = bank.getAccount(SYSVAR_CLOCK)!.data.readBigInt64LE(32);
    bank.advanceSlots(10);
    assert.deepEqual(hashes().slice(0, 2).map((h) => h.slot), [10n, 9n]);
    assert.equal(bank.getAccount(SYSVAR_CLOCK)!.data.readBigUInt64LE(0), 11n);
    assert.equal(bank.getAccount(SYSVAR_CLOCK)!.data.readBigInt64LE(32), time + 4n);
    bank.warpToSlot(1_000_000);
    assert.equal(hashes().length, 512);
    assert.deepEqual([hashes()[0].slot, hashes()[511].slot], [999_999n, 999_488n]);
    assert.equal(new Set(hashes().map((h) => h.hash)).size, 512);
    assert.equal(bank.isBlockhashValid(bank.latestBlockhash().blockhash), true);
  });

  it('shows accounts as they were in the confirmed and in the finalized slot', () => {
    const bank = createTestBank();
    const payer = fundedKeypair(bank);
    const to = Keypair.generate().publicKey;
    const at = (): (bigint | undefined)[] =>
      (['processed', 'confirmed', 'finalized'] as const).map((c) => bank.getAccount(to, c)?.lamports);
    send(bank, [transfer(payer, to, 1_000_000)], [payer]);
    assert.deepEqual(at(), [1_000_000n, undefined, undefined]);
    bank.advanceSlots(1);
    send(bank, [transfer(payer, to, 1)], [payer]);
    assert.deepEqual(at(), [1_000_001n, 1_000_000n, undefined]);
    bank.advanceSlots(31);
    assert.deepEqual(at(), [1_000_001n, 1_000_001n, 1_000_000n]);
    bank.advanceSlots(1);
    assert.deepEqual(at(), [1_000_001n, 1_000_001n, 1_000_001n]);
    bank.advanceSlots(1_000);
    assert.deepEqual(at(), [1_000_001n, 1_000_001n, 1_000_001n]);
  });

  it('is the same in every run', () => {
    const run = (): string => {
      const bank = createTestBank();
      fundedKeypair(bank, { seed: 5 });
      bank.advanceSlots(20);
      return bank.latestBlockhash().blockhash;
    };
    assert.equal(run(), run());
  });
});
