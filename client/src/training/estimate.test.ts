import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrainingEngine } from './engine.js';
import { estimateRun, log2Choose } from './estimate.js';
import { numbers, smallManifest } from './testing.js';

test('the floor of 4 of 4,096 with a bit each is 5.93 bytes', () => {
  assert.equal(((log2Choose(4096, 4) + 4) / 8).toFixed(2), '5.93');
  assert.equal(log2Choose(10, 10), 0);
  assert.equal(log2Choose(5, 2).toFixed(6), Math.log2(10).toFixed(6));
});

test('a payload is about as long as was estimated', async () => {
  const manifest = smallManifest();
  const engine = await TrainingEngine.create(manifest, { backend: 'wasm' });
  try {
    const estimate = estimateRun(manifest);
    assert.equal(estimate.parameters, engine.parameterCount);
    assert.equal(estimate.stateBytes, engine.stateBytes);
    await engine.initialParameters();
    const next = numbers(5);
    const sequences = Array.from({ length: 2 }, () => Int32Array.from({ length: 17 }, () => Math.floor((next() + 1) * 128)));
    await engine.train(sequences, 0);
    const { payload } = await engine.makePayload({ runHash: new Uint8Array(32), epoch: 0, round: 0, index: 0 });
    assert.ok(Math.abs(payload.length / estimate.payloadBytes - 1) < 0.15, `${payload.length} bytes, estimated ${estimate.payloadBytes}`);
  } finally {
    await engine.dispose();
  }
});

test('with AdamW members hand each other its moments, too', async () => {
  const optimizer = { kind: 'adamw', beta1: '0.9', beta2: '0.95', epsilon: '0.00000001', weightDecay: '0.1' } as const;
  const manifest = { ...smallManifest(), optimizer };
  const engine = await TrainingEngine.create(manifest, { backend: 'wasm' });
  assert.equal(estimateRun(manifest).stateBytes, engine.stateBytes);
  assert.equal(engine.stateBytes, 3 * engine.gradientBytes);
  await engine.dispose();
});
