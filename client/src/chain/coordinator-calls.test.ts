import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Keypair, PublicKey } from '@solana/web3.js';
import { Chain } from './chain.js';
import { CoordinatorCalls } from './coordinator-calls.js';
import { coordinatorIdl } from './idl.js';
import { programIds } from './program-ids.js';
import { buildTransaction, type Call } from './transaction.js';

const chain = new Chain({ rpcUrl: 'http://127.0.0.1:1', wsUrl: 'ws://127.0.0.1:1', commitment: 'confirmed', programs: programIds() });
after(() => chain.close());
const calls = new CoordinatorCalls(chain);
const signer = Keypair.generate();
const [node, run] = [signer.publicKey, PublicKey.unique()];
const recent = { blockhash: PublicKey.unique().toBase58(), lastValidBlockHeight: 1 };
const metrics = {
  loss: 3,
  tokensPerSecond: 1,
  bytesUp: 2n ** 64n - 1n,
  bytesDown: 0,
  evals: Array.from({ length: 8 }, () => ({ name: 'heldout1', value: 1 })),
  sample: Array<number>(16).fill(65_535),
};
const hash = Buffer.alloc(32, 1);
const vote = { epoch: 1, round: 2, position: 31, memberIndex: 255, bitmap: hash, root: hash, parameterHash: hash, possession: hash, metrics };

test('the longest of everything fits a transaction with a price', async () => {
  const longest: Call[][] = [
    await Promise.all([calls.writeManifest(node, run, 3360, Buffer.alloc(840)), calls.sealManifest(node, run, 4096, hash)]),
    [await calls.witness(node, run, vote)],
    [await calls.checkpoint(node, run, 1, hash, 'x'.repeat(128))],
    [await calls.joinRun(node, run, { payout: PublicKey.unique(), capacity: 8, address: { kind: 'multiaddr', bytes: Buffer.alloc(48) }, clientVersion: 'v'.repeat(32) })],
    [await calls.settle(run, 1, Array.from({ length: 24 }, (_, index) => ({ index, key: PublicKey.unique() })))],
  ];
  for (const [first, ...rest] of longest) {
    const { bytes } = buildTransaction([first, ...rest], [signer], 1000, recent);
    assert.ok(bytes.length <= 1232, first.name);
  }
});

test('instructions carry what their interface description says', async () => {
  const { instruction } = await calls.witness(node, run, vote);
  const described = coordinatorIdl.instructions.find((i) => (i.name as string) === 'witness')!;
  assert.deepEqual([...instruction.data.subarray(0, 8)], described.discriminator);
  assert.equal(instruction.data.readUInt32LE(8), 1);
  assert.equal(instruction.data.readUInt8(16), 31);
  assert.equal(instruction.data.readUInt16LE(17), 255);
  assert.ok(instruction.data.includes('heldout1'));
  assert.ok(instruction.programId.equals(chain.programs.coordinator));
});

test('a vote without a hash or measurements is as good; what is no number is left out', async () => {
  const { parameterHash: _, ...bare } = vote;
  const { instruction } = await calls.witness(node, run, { ...bare, metrics: { loss: NaN, tokensPerSecond: NaN, bytesUp: 0, bytesDown: 0 } });
  assert.ok(instruction.data.length < 200);
});

test('an address that does not fit is refused here', async () => {
  const join = (bytes: Uint8Array): Promise<Call> =>
    calls.joinRun(node, run, { payout: node, capacity: 1, address: { kind: 'multiaddr', bytes }, clientVersion: '1' });
  await assert.rejects(async () => join(Buffer.alloc(49)), { code: 'ADDRESS_TOO_LONG' });
  await assert.rejects(async () => join(Buffer.alloc(0)), { code: 'ADDRESS_TOO_LONG' });
});
