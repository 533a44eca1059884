import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComputeBudgetProgram, Keypair, SystemProgram, Transaction, TransactionInstruction } from '@solana/web3.js';
import { createHash } from 'node:crypto';
import { landedOf, totalsOf } from './ledger.js';

const payer = Keypair.fromSeed(new Uint8Array(32).fill(1));
const coordinator = Keypair.fromSeed(new Uint8Array(32).fill(2)).publicKey;

function sent(...instructions: TransactionInstruction[]): Uint8Array {
  const transaction = new Transaction({ feePayer: payer.publicKey, blockhash: coordinator.toBase58(), lastValidBlockHeight: 1 });
  transaction.add(...instructions).sign(payer);
  return transaction.serialize();
}

test('transactions are told apart by the coordinator\'s instruction, with what they asked for and paid', () => {
  const data = createHash('sha256').update('global:witness').digest().subarray(0, 8);
  const vote = sent(ComputeBudgetProgram.setComputeUnitLimit({ units: 9000 }), new TransactionInstruction({ programId: coordinator, keys: [], data }));
  const record = { slot: 7, fee: 5000, err: null, unitsConsumed: 6000 };
  const landed = landedOf({ ...record, bytes: vote }, coordinator.toBase58());
  assert.deepEqual(landed, { slot: 7, name: 'witness', units: 6000, limit: 9000, fee: 5000, payer: payer.publicKey.toBase58(), ok: true, bytes: vote.length });
  const transfer = sent(SystemProgram.transfer({ fromPubkey: payer.publicKey, toPubkey: coordinator, lamports: 1 }));
  const other = landedOf({ ...record, bytes: transfer, err: 'no' }, coordinator.toBase58());
  assert.deepEqual([other.name, other.ok, other.limit], ['other', false, 0]);
  assert.deepEqual(totalsOf([landed, other, landed]), [
    { name: 'witness', count: 2, failed: 0, units: 12_000, fees: 10_000 },
    { name: 'other', count: 1, failed: 1, units: 6000, fees: 5000 },
  ]);
});
