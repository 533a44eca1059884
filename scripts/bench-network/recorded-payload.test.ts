import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePayload, encodePayload } from '../../client/src/training/optimizer/payload.js';
import { matrixPlan, randomCoefficients } from '../../client/src/training/optimizer/testing.js';
import { numbers } from '../../client/src/training/testing.js';
import { addressed, addressOf, isAddressedTo } from './recorded-payload.js';

test('a recorded payload is taken as the member\'s and round\'s that it is addressed as, and as nobody else\'s', () => {
  const plan = matrixPlan(128, 128, { k: 4 });
  const recorded = encodePayload(plan, { runHash: new Uint8Array(32), epoch: 0, round: 0, index: 0 }, randomCoefficients(plan, numbers(1)));
  const other = { runHash: new Uint8Array(32).fill(9), epoch: 3, round: 70_000, index: 255 };
  const payload = addressed(recorded, other);
  assert.deepEqual(decodePayload(plan, payload, other), decodePayload(plan, recorded));
  assert.throws(() => decodePayload(plan, payload, { ...other, index: 254 }), { code: 'PAYLOAD_CONTEXT' });
  assert.deepEqual(addressOf(payload), { epoch: 3, round: 70_000, index: 255 });
  assert.ok(isAddressedTo(payload, other));
  assert.ok(!isAddressedTo(payload, { ...other, round: 1 }));
  payload[payload.length - 1] ^= 1;
  assert.ok(!isAddressedTo(payload, other));
});
