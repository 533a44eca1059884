import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Keypair, PublicKey, TransactionInstruction } from '@solana/web3.js';
import { type FeeSample, PriorityFees } from './priority-fees.js';
import type { Call } from './transaction.js';

const [run, member, payer] = [1, 2, 3].map(() => Keypair.generate().publicKey);

function callOn(...written: PublicKey[]): Call {
  const keys = [{ pubkey: payer, isSigner: true, isWritable: true }, { pubkey: PublicKey.default, isSigner: false, isWritable: false }];
  const instruction = new TransactionInstruction({ programId: PublicKey.default, keys: [...keys, ...written.map((pubkey) => ({ pubkey, isSigner: false, isWritable: true }))] });
  return { name: 'call', instruction, computeUnits: 1 };
}

/** Fees of as many slots, the newest last. */
const samples = (...fees: number[]): FeeSample[] => fees.map((prioritizationFee, slot) => ({ slot, prioritizationFee }));

function feesOf(answers: (readonly FeeSample[] | Error)[]) {
  const clock = { ms: 0 };
  const asked: string[][] = [];
  const ask = async (accounts: PublicKey[]): Promise<readonly FeeSample[]> => {
    asked.push(accounts.map(String));
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { fees: new PriorityFees(ask, { least: 1_000, most: 50_000, now: () => clock.ms }), clock, asked };
}

test('the price is what three quarters of the last slots took, for the accounts that are written to', async () => {
  const { fees, asked } = feesOf([samples(...Array<number>(50).fill(49_999), ...Array<number>(100).fill(0), ...Array<number>(50).fill(7_000))]);
  assert.equal(await fees.price([callOn(run, member), callOn(run)]), 7_000);
  assert.deepEqual(asked, [[run, member].map(String)]);
});

test('it has a floor and a ceiling, and rises with each time that it was not enough', async () => {
  const { fees } = feesOf([samples(0, 0, 0)]);
  const prices = await Promise.all([0, 1, 2, 3, 6, 1e9].map((missed) => fees.price([callOn(run)], missed)));
  assert.deepEqual(prices, [1_000, 2_000, 4_000, 8_000, 50_000, 50_000]);
  assert.equal(await feesOf([samples(Number.MAX_SAFE_INTEGER)]).fees.price([callOn(run)]), 50_000);
});

test('it is asked for once in ten seconds, and what is known lasts while nobody answers', async () => {
  const { fees, clock, asked } = feesOf([samples(3_000), new Error('no node'), samples(4_000)]);
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => fees.price([callOn(run)]))), [3_000, 3_000, 3_000]);
  assert.equal(asked.length, 1);
  clock.ms = 10_000;
  assert.equal(await fees.price([callOn(run)]), 3_000);
  clock.ms = 20_000;
  assert.equal(await fees.price([callOn(run)]), 4_000);
  assert.equal(asked.length, 3);
});

test('what is no price counts as none', async () => {
  const odd = [NaN, -1, 1.5, Infinity, '9000', null].map((prioritizationFee, slot) => ({ slot, prioritizationFee })) as FeeSample[];
  assert.equal(await feesOf([odd]).fees.price([callOn(run)]), 1_000);
  assert.equal(await feesOf([[]]).fees.price([callOn(run)]), 1_000);
});

test('a node that does not answer keeps nobody from sending', async () => {
  const fees = new PriorityFees(() => new Promise(() => {}), { least: 1_000, most: 50_000 });
  assert.equal(await fees.price([callOn(run)]), 1_000);
});
