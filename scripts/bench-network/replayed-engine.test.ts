import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePayload } from '../../client/src/training/optimizer/payload.js';
import { matrixPlan, randomCoefficients } from '../../client/src/training/optimizer/testing.js';
import { TrainingEngine } from '../../client/src/training/index.js';
import { numbers, smallManifest } from '../../client/src/training/testing.js';
import { recordedEngine } from './recorded-engine.js';
import { ReplayedEngine } from './replayed-engine.js';
import type { Tape } from './tape.js';

const manifest = smallManifest();
const runHash = new Uint8Array(32).fill(3);
const times = { check: 0, applyEach: 0, applyBase: 0, hash: 0, serialize: 0 };

function tapeOf(payloads: Uint8Array[]): Tape {
  return { manifest: '', parameters: 1, backend: 'test', maxPayloadBytes: 10_000, payloads, losses: payloads.map((_, i) => i + 1), times };
}

test('replayed engines that applied the same lists agree, and take only what is addressed to them', async () => {
  const plan = matrixPlan(128, 128, { k: 4 });
  const tape = tapeOf([1, 2].map((seed) => encodePayload(plan, { runHash, epoch: 0, round: 0, index: 0 }, randomCoefficients(plan, numbers(seed)))));
  const engines = Array.from({ length: 3 }, () => new ReplayedEngine(manifest, tape, [0]));
  const payloads: Uint8Array[] = [];
  for (const [index, engine] of engines.entries()) {
    await engine.initialParameters();
    assert.equal((await engine.train([new Int32Array(9)], 5)).tokens, 8);
    payloads.push((await engine.makePayload({ runHash, epoch: 0, round: 5, index })).payload);
  }
  engines[0].checkPayload(payloads[2], { runHash, epoch: 0, round: 5, index: 2 });
  assert.throws(() => engines[0].checkPayload(payloads[2], { runHash, epoch: 0, round: 5, index: 1 }), { code: 'PAYLOAD_CONTEXT' });
  const start = await engines[0].parameterHash();
  engines[0].apply(payloads, 5);
  engines[1].apply(payloads, 5);
  engines[2].apply(payloads.slice(1), 5);
  const [first, second, third] = await Promise.all(engines.map((e) => e.parameterHash()));
  assert.deepEqual(first, second);
  assert.notDeepEqual(first, third);
  assert.notDeepEqual(first, start);
  engines[2].load(engines[0].serialize());
  assert.deepEqual(await engines[2].parameterHash(), first);
});

test('a recorded engine sends what is on the tape, and steps its real parameters with what others sent', async () => {
  const real = await TrainingEngine.create(manifest, { backend: 'wasm' });
  try {
    await real.initialParameters();
    await real.train([Int32Array.from({ length: 17 }, (_, i) => i)], 0);
    const { payload } = await real.makePayload({ runHash: new Uint8Array(32), epoch: 0, round: 0, index: 0 });
    const before = await real.parameterHash();
    const engine = recordedEngine(real, tapeOf([payload]), [0]);
    const { loss, tokens } = await engine.train([new Int32Array(17)], 3);
    assert.deepEqual([loss, tokens], [1, 16]);
    const sent = await engine.makePayload({ runHash, epoch: 1, round: 3, index: 7 });
    engine.checkPayload(sent.payload, { runHash, epoch: 1, round: 3, index: 7 });
    engine.apply([sent.payload], 3);
    assert.notDeepEqual(await engine.parameterHash(), before);
    assert.deepEqual(await engine.parameterHash(), await real.parameterHash());
  } finally {
    await real.dispose();
  }
});
