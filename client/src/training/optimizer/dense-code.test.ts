import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TensorSpec } from '../model/layout.js';
import { numbers } from '../testing.js';
import { planCompression } from './chunks.js';
import { decodeDense, denseBytes, encodeDense, isDense } from './dense-code.js';
import { randomContribution } from './exactness.js';

const layout: TensorSpec[] = [
  { name: 'matrix', shape: [20, 30], offset: 0, size: 600, initial: 'normal' },
  { name: 'vector', shape: [7], offset: 600, size: 7, initial: 'zeros' },
];
const plan = planCompression(layout, { transform: 'none', bits: 16, k: 256, chunkSize: 16 });

test('a plan is dense where it sends every number at 16 bits', () => {
  assert.ok(isDense(plan));
  assert.ok(!isDense({ ...plan, bits: 2 }));
  assert.ok(!isDense(planCompression(layout, { transform: 'none', bits: 16, k: 100, chunkSize: 16 })));
});

test('a whole gradient comes back as it was, at two bytes a number and one a block', () => {
  for (let seed = 1; seed < 20; seed++) {
    const sent = randomContribution(plan, seed);
    const body = encodeDense(plan, sent);
    assert.equal(body.length, 2 * 607 + plan.chunks.length);
    assert.deepEqual(decodeDense(plan, body), sent);
  }
});

test('any bytes are the encoding of what they decode to, or of nothing', () => {
  const next = numbers(3);
  for (let round = 0; round < 300; round++) {
    const body = Uint8Array.from({ length: denseBytes(plan) }, () => Math.floor((next() + 1) * 128));
    // Most random bytes hold the one value there is not.
    if (round % 2 === 0) for (let i = 0; i < body.length; i++) body[i] &= 0x7f;
    const sent = decodeDense(plan, body);
    if (sent) assert.deepEqual(encodeDense(plan, sent), body);
    if (round % 2 === 0) assert.ok(sent);
  }
  const body = encodeDense(plan, randomContribution(plan, 1));
  assert.equal(decodeDense(plan, body.subarray(1)), undefined);
  assert.equal(decodeDense(plan, new Uint8Array(body.length + 1)), undefined);
  body.set([0x00, 0x80], plan.chunks.length);
  assert.equal(decodeDense(plan, body), undefined);
});
