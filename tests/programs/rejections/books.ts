import assert from 'node:assert/strict';
import { BorshAccountsCoder, type Idl } from '@coral-xyz/anchor';
import { PublicKey } from '@solana/web3.js';
import { claimRecordAddress, memberAddress, treasuryAddress } from '../../../client/src/chain/addresses.js';
import { decodeRun } from '../../../client/src/chain/decode-run.js';
import { treasurerIdl } from '../../../client/src/chain/idl.js';
import { decodeMember } from '../../../client/src/chain/members.js';
import type { AccountState } from '../../../localnet/src/testing.js';
import type { Played } from './stage.js';

const coder = new BorshAccountsCoder(treasurerIdl as unknown as Idl);

/** An account as a transaction would leave it, or as it is. */
export type Look = (address: PublicKey) => AccountState | null;

/** Checks that what the accounts of a run say of points, deposits and payments fits together. */
export function checkBooks({ scene, nodes }: Played, look: Look): void {
  const { ids } = scene.network;
  const account = look(scene.run);
  if (!account || account.data.length === 0) return;
  const run = decodeRun(scene.run.toBase58(), account.data);
  const awarded = run.pointsEarnedTotal + run.pointsForfeited + run.epochPoints + run.carry;
  assert.equal(awarded, run.pointsAwardedTotal, 'awarded = earned + forfeited + of this epoch + carried');
  assert.equal(run.members.reduce((sum, m) => sum + m.points, 0n), run.epochPoints);

  const addresses = nodes.map((n) => memberAddress(ids, scene.run, n.key.publicKey));
  const found = addresses.map((a) => ({ a, data: look(a)?.data })).filter((m) => m.data && m.data.length > 0);
  const members = found.map(({ a, data }) => decodeMember(a, data!));
  const total = (field: 'deposit' | 'points' | 'owed'): bigint => members.reduce((sum, m) => sum + m[field], 0n);
  assert.equal(members.length, run.memberAccounts);
  assert.equal(total('deposit'), run.depositsHeld);
  // A closed member took what it had with it.
  assert.ok(total('points') <= run.pointsEarnedTotal && total('owed') <= run.owedTotal);
  if (run.state !== 'Finished') assert.deepEqual([total('points'), total('owed')], [run.pointsEarnedTotal, run.owedTotal]);
  for (const { address, deposit } of members) {
    const { lamports, data } = look(new PublicKey(address))!;
    assert.ok(lamports >= scene.network.bank.svm.rentExemption(data.length) + deposit, 'a deposit is there in lamports');
  }

  const treasury = treasuryAddress(ids, scene.run);
  const held = look(treasury);
  if (!held || held.data.length === 0) return;
  const paid = (at: PublicKey, type: string, field: string): bigint => {
    const data = look(at)?.data;
    return data && data.length > 0 ? BigInt(String(coder.decode(type, data)[field])) : 0n;
  };
  const records = addresses.map((a) => paid(claimRecordAddress(ids, treasury, a), 'ClaimRecord', 'paid'));
  const [received, spent] = [records.reduce((a, b) => a + b), paid(treasury, 'Treasury', 'paid_total')];
  // After the run's end the records can be closed.
  assert.ok(run.state === 'Finished' ? received <= spent : received === spent, 'what was paid is what its receivers have');
  for (const [i, { owed }] of members.entries()) assert.ok(records[addresses.indexOf(found[i].a)] <= owed >> 64n, 'no more than is owed');
}
