import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AddressLookupTableAccount, ComputeBudgetProgram, Ed25519Program, Keypair, PublicKey, SystemProgram, Transaction,
  TransactionMessage, VersionedTransaction,
} from '@solana/web3.js';
import fc from 'fast-check';
import { computeBudget, transactionFee } from './fees.js';
import { signedBytes } from './signing.js';
import { isWritable, parseTransaction, TransactionFormatError } from './wire.js';

const key = (n: number): Keypair => Keypair.fromSeed(Buffer.alloc(32, n));
const payer = key(1);
const recentBlockhash = PublicKey.default.toBase58();
const transfer = SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: key(2).publicKey, lamports: 5 });
const legacy = (...instructions: Parameters<Transaction['add']>): Transaction =>
  new Transaction({ feePayer: payer.publicKey, recentBlockhash }).add(...instructions);

describe('parseTransaction', () => {
  it('reads a legacy transaction as web3.js wrote it', () => {
    const tx = legacy(transfer);
    tx.sign(payer);
    const parsed = parseTransaction(tx.serialize());
    assert.equal(parsed.version, 'legacy');
    assert.deepEqual(parsed.staticKeys, [payer, key(2)].map((k) => k.publicKey.toBase58()).concat(SystemProgram.programId.toBase58()));
    assert.deepEqual(parsed.instructions[0].accounts, [0, 1]);
    assert.deepEqual([0, 1, 2].map((i) => isWritable(parsed, i, 0)), [true, true, false]);
    assert.deepEqual(Buffer.from(parsed.message), tx.serializeMessage());
  });

  it('reads a version 0 transaction with a lookup table', () => {
    const table = new AddressLookupTableAccount({
      key: key(9).publicKey,
      state: { addresses: [key(2).publicKey], deactivationSlot: 2n ** 64n - 1n, lastExtendedSlot: 0, lastExtendedSlotStartIndex: 0 },
    });
    const message = new TransactionMessage({ payerKey: payer.publicKey, recentBlockhash, instructions: [transfer] }).compileToV0Message([table]);
    const parsed = parseTransaction(new VersionedTransaction(message).serialize());
    assert.equal(parsed.version, 0);
    assert.deepEqual(parsed.lookups, [{ table: key(9).publicKey.toBase58(), writable: [0], readonly: [] }]);
    assert.deepEqual([0, 1, 2].map((i) => isWritable(parsed, i, 1)), [true, false, true]);
  });

  it('throws nothing but TransactionFormatError, whatever the bytes', () => {
    const tx = legacy(transfer, transfer);
    tx.sign(payer);
    const bytes = tx.serialize();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1300 }), fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 }), (noise, edits) => {
      const edited = Uint8Array.from(bytes);
      for (const [at, value] of edits) edited[at] = value;
      for (const candidate of [noise, edited]) {
        try {
          parseTransaction(candidate);
        } catch (error) {
          assert.ok(error instanceof TransactionFormatError);
        }
      }
    }), { numRuns: 2_000 });
  });
});

describe('signedBytes', () => {
  it('gives the bytes that web3.js gives', () => {
    const instruction = SystemProgram.createAccount({
      fromPubkey: payer.publicKey, newAccountPubkey: key(3).publicKey, lamports: 1, space: 0, programId: SystemProgram.programId,
    });
    const tx = legacy(instruction);
    tx.sign(payer, key(3));
    assert.deepEqual(Buffer.from(signedBytes(legacy(instruction), [key(3), payer])), tx.serialize());
    assert.throws(() => signedBytes(legacy(instruction), [payer]), /nobody signs for/);
  });
});

describe('transactionFee', () => {
  const fee = (...instructions: Parameters<Transaction['add']>): number => {
    const tx = legacy(...instructions);
    tx.sign(payer);
    return transactionFee(parseTransaction(tx.serialize()));
  };

  it('counts signatures, those of precompiles too, and rounds the priority fee up', () => {
    assert.equal(fee(transfer), 5_000);
    const signed = Ed25519Program.createInstructionWithPrivateKey({ privateKey: payer.secretKey, message: Buffer.from('x') });
    assert.equal(fee(transfer, signed), 10_000);
    const price = ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1_500_000 });
    assert.equal(fee(transfer, price, ComputeBudgetProgram.setComputeUnitLimit({ units: 1_001 })), 5_000 + 1_502);
  });

  it('takes 3,000 units for a builtin program and 200,000 for another where no limit is set', () => {
    const tx = legacy(transfer);
    tx.sign(payer);
    assert.deepEqual(computeBudget(parseTransaction(tx.serialize())), { limit: 3_000, price: 0n });
  });
});
