import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbers } from '../testing.js';
import { encodePayload } from './payload.js';
import { PayloadReader } from './payload-reader.js';
import { matrixPlan, randomCoefficients } from './testing.js';

test('what was decoded is kept until it is applied, and of what never is no more than some', () => {
  const plan = matrixPlan(16, 16);
  const next = numbers(1);
  const context = (index: number) => ({ runHash: new Uint8Array(32), epoch: 0, round: 0, index });
  const payload = (index: number): Uint8Array => encodePayload(plan, context(index), randomCoefficients(plan, next));
  const reader = new PayloadReader(plan);
  const [a, b] = [payload(0), payload(1)];
  reader.check(a, context(0));
  reader.check(b, context(1));
  assert.equal(reader.waiting, 2);
  const first = reader.read([a, b]);
  assert.equal(reader.waiting, 0, 'payloads live on for an epoch, what they say does not');
  assert.deepEqual(reader.read([a, b]), first);
  for (let index = 0; index < 600; index++) reader.check(payload(index % 256), context(index % 256));
  assert.equal(reader.waiting, 512);
});
