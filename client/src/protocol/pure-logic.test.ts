import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assignBatch, batchShares } from './assignment.js';
import { roundPoints } from './points.js';
import { quorum, quorumOf } from './quorum.js';
import { drawRoles } from './roles.js';
import { shuffle } from './shuffle.js';

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const capacities = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 256 });

test('no sequence is lost or given twice, and nobody is more than one away from his due', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1 << 20 }), capacities, fc.bigInt({ min: 0n, max: 2n ** 60n }), (batch, c, position) => {
    const total = c.reduce((a, b) => a + b);
    const shares = batchShares(batch, c);
    shares.forEach((s, i) => assert.ok(Math.abs(s - (batch * c[i]) / total) < 1));
    let next = position;
    for (const share of assignBatch(position, batch, c)) {
      assert.equal(share.start, next);
      next += BigInt(share.count);
    }
    assert.equal(next, position + BigInt(batch));
  }));
});

test('points are never made nor lost', () => {
  const points = fc.bigInt({ min: 0n, max: 2n ** 63n });
  const shares = fc.array(fc.integer({ min: 0, max: 1 << 20 }), { maxLength: 32 });
  fc.assert(fc.property(points, points, fc.integer({ min: 0, max: 1000 }), shares, fc.integer({ min: 0, max: 32 }), (perStep, carry, permille, s, witnesses) => {
    const { trainers, perWitness, paid, carry: left } = roundPoints(perStep, carry, permille, s, witnesses);
    assert.equal(paid + left, perStep + carry);
    assert.equal(trainers.reduce((a, b) => a + b, 0n) + perWitness * BigInt(witnesses), paid);
    assert.ok(left >= 0n);
  }));
});

test('a quorum is more than half, and two different ones can\'t be', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 32].map(quorum), [1, 2, 2, 3, 4, 4, 22]);
  assert.equal(quorumOf(['a', 'b', 'a'], 3), 'a');
  assert.equal(quorumOf(['a', 'a'], 4), undefined);
  assert.equal(quorumOf([], 0), undefined);
  fc.assert(fc.property(fc.integer({ min: 1, max: 256 }), (n) => assert.ok(2 * quorum(n) > n && quorum(n) <= n)));
});

test('a shuffle has everyone once, and its beginning does not depend on how much is asked for', () => {
  fc.assert(fc.property(seeds, fc.integer({ min: 0, max: 256 }), fc.integer({ min: 0, max: 256 }), (seed, n, first) => {
    const order = shuffle(seed, 'salt', n);
    assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: n }, (_, i) => i));
    assert.deepEqual(shuffle(seed, 'salt', n, first), order.slice(0, first));
  }));
});

test('roles go to the healthy alone', () => {
  fc.assert(fc.property(seeds, fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { maxLength: 256 }), fc.integer({ min: 0, max: 32 }), (seed, members, nodes) => {
    const healthy = members.sort((a, b) => a - b);
    const { trainers, witnesses } = drawRoles(seed, healthy, nodes);
    assert.deepEqual([...trainers].sort((a, b) => a - b), healthy);
    assert.equal(new Set(witnesses).size, Math.min(nodes || 32, healthy.length));
    assert.ok(witnesses.every((w) => healthy.includes(w)));
  }));
});
