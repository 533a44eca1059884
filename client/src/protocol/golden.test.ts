import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROJECT_ROOT } from '../version.js';
import { assignBatch } from './assignment.js';
import { batchSize } from './batch-size.js';
import { roundPoints } from './points.js';
import { quorum } from './quorum.js';
import { drawCheckpointers, drawRoles } from './roles.js';
import { roundSeed } from './seed.js';
import { shuffle } from './shuffle.js';

/** The vectors the Rust logic wrote: hex for bytes, decimal strings for 64-bit numbers. */
function golden<T>(name: string, check: (vector: T) => void): void {
  test(`${name}: agrees with the programs`, () => {
    const vectors = JSON.parse(readFileSync(join(PROJECT_ROOT, 'tests', 'golden', `${name}.json`), 'utf8')) as T[];
    assert.ok(vectors.length > 0);
    vectors.forEach(check);
  });
}

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');

golden<{ seed: string; salt: string; n: number; first: number; order: number[] }>('shuffle', (v) => {
  assert.deepEqual(shuffle(hex(v.seed), v.salt, v.n, v.first), v.order);
});

golden<{ run: string; epoch: number; round: number; slotHash: string; seed: string }>('seed', (v) => {
  assert.equal(Buffer.from(roundSeed(hex(v.run), v.epoch, v.round, hex(v.slotHash))).toString('hex'), v.seed);
});

golden<{ seed: string; members: number; healthy: number[]; witnessNodes: number; trainers: number[]; witnesses: number[]; checkpointers: number[] }>('roles', (v) => {
  assert.deepEqual(drawRoles(hex(v.seed), v.healthy, v.witnessNodes), { trainers: v.trainers, witnesses: v.witnesses });
  assert.deepEqual(drawCheckpointers(hex(v.seed), v.members), v.checkpointers);
});

golden<{ dataPosition: string; batch: number; capacities: number[]; shares: number[]; starts: string[] }>('assignment', (v) => {
  const shares = assignBatch(BigInt(v.dataPosition), v.batch, v.capacities);
  assert.deepEqual(shares, v.shares.map((count, i) => ({ start: BigInt(v.starts[i]), count })));
});

golden<{ n: number; quorum: number }>('quorum', (v) => assert.equal(quorum(v.n), v.quorum));

golden<{ tokens: string; globalBatchSizeStart: number; globalBatchSizeEnd: number; globalBatchSizeWarmupTokens: string; batchSize: number }>('batch-size', (v) => {
  assert.equal(batchSize({ ...v, globalBatchSizeWarmupTokens: BigInt(v.globalBatchSizeWarmupTokens) }, BigInt(v.tokens)), v.batchSize);
});

golden<{ pointsPerStep: string; carry: string; witnessPermille: number; shares: number[]; witnesses: number; trainers: string[]; perWitness: string; paid: string; carryAfter: string }>(
  'points',
  (v) => {
    assert.deepEqual(roundPoints(BigInt(v.pointsPerStep), BigInt(v.carry), v.witnessPermille, v.shares, v.witnesses), {
      trainers: v.trainers.map(BigInt),
      perWitness: BigInt(v.perWitness),
      paid: BigInt(v.paid),
      carry: BigInt(v.carryAfter),
    });
  },
);
