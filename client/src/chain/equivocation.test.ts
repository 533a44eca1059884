import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Keypair } from '@solana/web3.js';
import { announcementOf } from '../p2p/testing.js';
import { equivocationProof } from './equivocation.js';
import { buildTransaction } from './transaction.js';

const key = Keypair.generate();
const announce = (salt: number, round = 0) => announcementOf(key.secretKey, 1, Uint8Array.of(salt), { round });

test('a proof is of two commitments of one trainer for one round, and its signatures are paid like others', () => {
  for (const [a, b] of [[announce(1), announce(1)], [announce(1), announce(2, 1)]] as const) {
    assert.throws(() => equivocationProof(key.publicKey.toBytes(), a, b), { code: 'NOT_EQUIVOCATION' });
  }
  const proof = equivocationProof(key.publicKey.toBytes(), announce(1), announce(2));
  assert.equal(proof.instruction.data.length, 442);
  const recent = { blockhash: Keypair.generate().publicKey.toBase58(), lastValidBlockHeight: 1 };
  assert.equal(buildTransaction([proof], [Keypair.generate()], 0, recent).fee, 15_000n);
});
