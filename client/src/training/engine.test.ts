import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { chunkLeaves } from '../protocol/merkle.js';
import { Evaluator, modelLayout, PayloadError, readCheckpoint, TrainingEngine, type PayloadContext, type RunManifest } from './index.js';
import { loadTensorflow } from './backends/tensorflow.js';
import type { OptimizerConfig } from './manifest.js';
import { smallManifest } from './testing.js';
import { BytesTokenizer } from './tokenizer/index.js';

const manifest = smallManifest();
const words = 'the quick brown fox jumps over the lazy dog and runs away; ';
const text = Int32Array.from(Buffer.from(words.repeat(40)));
const { contextLength } = manifest.model;
/** Pieces of the text with their targets; the last twelve are never trained on. */
const data = {
  sequence: (i: number): Int32Array => text.slice(((i * 7) % 130) * contextLength, ((i * 7) % 130) * contextLength + contextLength + 1),
  heldOut: (count: number): Int32Array[] => Array.from({ length: count }, (_, i) => text.slice((135 + i) * contextLength, (136 + i) * contextLength + 1)),
};
const at = (round: number, index: number): PayloadContext => ({ runHash: new Uint8Array(32).fill(9), epoch: 0, round, index });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

const heldOutLoss = async (engine: TrainingEngine): Promise<number> =>
  (await engine.evaluateTasks(new Evaluator(new BytesTokenizer(256), [], data.heldOut(8))))[0].value;

async function member(): Promise<TrainingEngine> {
  const engine = await TrainingEngine.create(manifest, { backend: 'wasm', microBatch: 2 });
  await engine.initialParameters();
  return engine;
}

test('three members learn together and stay identical to the last bit', async () => {
  const members = [await member(), await member(), await member()];
  const before = await heldOutLoss(members[0]);
  let previous: Uint8Array[] = [];
  for (let round = 0; round < 30; round++) {
    const payloads: Uint8Array[] = [];
    for (const [index, engine] of members.entries()) {
      const result = await engine.train([0, 1].map((i) => data.sequence(round * 6 + index * 2 + i)), round);
      assert.equal(result.tokens, 32);
      payloads.push((await engine.makePayload(at(round, index))).payload);
    }
    // One round late, as in a run; each member hands the list over in another order of checking.
    for (const [index, engine] of members.entries()) {
      if (index > 0) payloads.forEach((payload, from) => engine.checkPayload(payload, at(round, from)));
      engine.apply(previous, Math.max(0, round - 1));
    }
    previous = payloads;
  }
  const hashes = await Promise.all(members.map((m) => m.parameterHash()));
  assert.equal(new Set(hashes.map(hex)).size, 1);
  const after = await heldOutLoss(members[0]);
  assert.ok(after < before - 1.5, `${before} → ${after}`);
  assert.equal((await members[0].generate(Int32Array.from(Buffer.from('the ')), 12, { seed: 1 })).length, 12);
});

test('the same work gives the same payloads, and a saved optimizer goes on where it was', async () => {
  const a = await member();
  const b = await member();
  const sequences = [data.sequence(1), data.sequence(2)];
  for (const engine of [a, b]) await engine.train(sequences, 0);
  const first = await a.makePayload(at(0, 0));
  assert.deepEqual(await b.makePayload(at(0, 0)), first);

  const restarted = await member();
  restarted.loadOptimizer(await a.saveOptimizer());
  for (const engine of [a, restarted]) await engine.train(sequences, 0);
  const second = await a.makePayload(at(1, 0));
  assert.deepEqual(await restarted.makePayload(at(1, 0)), second);
  assert.deepEqual(second.stateRootBefore, first.stateRootAfter);
  assert.notDeepEqual(second.stateRootAfter, first.stateRootAfter);
  a.resetOptimizer();
  await a.train(sequences, 0);
  assert.deepEqual(await a.makePayload(at(0, 0)), first);
});

test('a step may be taken while a gradient is being computed at the parameters before it', async () => {
  const quiet = await member();
  const busy = await member();
  const sequences = [3, 4, 5, 6].map((i) => data.sequence(i));
  await quiet.train(sequences, 0);
  const alone = (await quiet.makePayload(at(0, 0))).payload;
  const running = busy.train(sequences, 0);
  busy.apply([alone], 0);
  await running;
  assert.deepEqual((await busy.makePayload(at(0, 0))).payload, alone);
});

test('a faulty payload changes nothing; an empty list changes nothing', async () => {
  const engine = await member();
  await engine.train([data.sequence(0)], 0);
  const { payload } = await engine.makePayload(at(0, 0));
  const bad = payload.slice();
  bad[70] ^= 4;
  const before = hex(await engine.parameterHash());
  assert.throws(() => engine.apply([payload, bad], 0), PayloadError);
  engine.apply([], 0);
  assert.equal(hex(await engine.parameterHash()), before);
  engine.apply([payload], 0);
  assert.notEqual(hex(await engine.parameterHash()), before);
});

test('a gradient is sent once; an abandoned one is not sent at all', async () => {
  const engine = await member();
  await assert.rejects(engine.makePayload(at(0, 0)), { code: 'NO_GRADIENT' });
  await assert.rejects(engine.train([data.sequence(0)], 0, AbortSignal.abort()), { name: 'AbortError' });
  await assert.rejects(engine.makePayload(at(0, 0)), { code: 'NO_GRADIENT' });
  const stop = new AbortController();
  const running = engine.train([0, 1, 2, 3, 4, 5].map((i) => data.sequence(i)), 0, stop.signal);
  setImmediate(() => stop.abort());
  await assert.rejects(running, { name: 'AbortError' });
  const tensors = loadTensorflow().memory().numTensors;
  await engine.train([data.sequence(0)], 0);
  await engine.makePayload(at(0, 0));
  assert.equal(loadTensorflow().memory().numTensors, tensors);
  await assert.rejects(engine.makePayload(at(0, 0)), { code: 'NO_GRADIENT' });
});

test('parameters travel as bytes and as a checkpoint', async () => {
  const engine = await member();
  const other = await TrainingEngine.create(manifest, { backend: 'wasm' });
  other.load(engine.serialize());
  assert.equal(hex(await other.parameterHash()), hex(await engine.parameterHash()));
  assert.throws(() => other.load(new Uint8Array(8)), { code: 'CHECKPOINT_MISMATCH' });
  const state = engine.serialize();
  assert.ok(Buffer.concat(chunkLeaves(state)).equals(await engine.leafHashes(state)));
  const folder = await mkdtemp(join(tmpdir(), 'psyche-engine-'));
  try {
    await engine.writeCheckpoint(folder, { step: 0, hash: hex(await engine.parameterHash()) });
    const third = await TrainingEngine.create(manifest, { backend: 'wasm' });
    third.load(await readCheckpoint(folder, modelLayout(manifest.model)));
    assert.equal(hex(await third.parameterHash()), hex(await engine.parameterHash()));
  } finally {
    await rm(folder, { recursive: true });
  }
});

const ADAM = { beta1: '0.9', beta2: '0.95', epsilon: '0.00000001', weightDecay: '0.1', gradientClip: '1' };
const OTHERS: OptimizerConfig[] = [
  { kind: 'distro', compressionDecay: '0.9', compressionTopk: 8, compressionChunk: 16, weightDecay: '0.1', quantize1Bit: false },
  { kind: 'sparseloco', localSteps: 3, outerLearningRate: '1', errorDecay: '0.95', compressionTopk: 16, compressionChunk: 16, ...ADAM },
  { kind: 'adamw', ...ADAM },
];

for (const optimizer of OTHERS) {
  test(`members learn together and stay identical by ${optimizer.kind}${optimizer.kind === 'distro' ? ' with values' : ''}`, async () => {
    const settings: RunManifest = { ...manifest, optimizer };
    const members = await Promise.all([0, 1].map(async () => {
      const engine = await TrainingEngine.create(settings, { backend: 'wasm', microBatch: 2 });
      await engine.initialParameters();
      return engine;
    }));
    const before = await heldOutLoss(members[0]);
    for (let round = 0; round < 8; round++) {
      const payloads: Uint8Array[] = [];
      for (const [index, engine] of members.entries()) {
        const share = [0, 1, 2, 3, 4].map((i) => data.sequence(round * 10 + index * 5 + i));
        await engine.train(share, round);
        payloads.push((await engine.makePayload(at(round, index))).payload);
        assert.ok(payloads[index].length <= engine.maxPayloadBytes);
      }
      for (const [index, engine] of members.entries()) {
        engine.checkPayload(payloads[1 - index], at(round, 1 - index));
        engine.apply(index === 0 ? payloads : [...payloads].reverse(), round);
      }
    }
    assert.equal(hex(await members[1].parameterHash()), hex(await members[0].parameterHash()));
    const after = await heldOutLoss(members[0]);
    assert.ok(after < before - 0.5, `${before} → ${after}`);

    // A round that closed before its share was done: local moments have moved, and the next state root says so.
    await members[0].train([data.sequence(2), data.sequence(3)], 8);

    // Who joins now has all that matters from the serialization, and who restarts from its own file.
    const third = await TrainingEngine.create(settings, { backend: 'wasm' });
    const state = members[0].serialize();
    assert.equal(state.length, third.stateBytes);
    third.load(state);
    third.loadOptimizer(await members[0].saveOptimizer());
    for (const engine of [members[0], third]) await engine.train([data.sequence(0), data.sequence(1)], 8);
    const again = await members[0].makePayload(at(8, 0));
    assert.deepEqual(await third.makePayload(at(8, 0)), again);
    for (const engine of [members[0], third]) engine.apply([again.payload], 8);
    assert.equal(hex(await third.parameterHash()), hex(await members[0].parameterHash()));
  });
}

test('a memory that missed steps fades by what they would have taken of it, and one that missed none does not', async () => {
  const [stayed, left] = [await member(), await member()];
  const residual = async (engine: TrainingEngine): Promise<Float32Array> => {
    const file = await engine.saveOptimizer();
    return new Float32Array(file.slice(file.length - engine.gradientBytes).buffer);
  };
  for (const engine of [stayed, left]) {
    assert.equal(engine.optimizerStep, undefined);
    await engine.train([data.sequence(1)], 4);
    await engine.makePayload(at(4, 0));
    assert.equal(engine.optimizerStep, 5);
  }
  const before = await residual(left);
  left.loadOptimizer(await stayed.saveOptimizer(), 5);
  await left.train([data.sequence(2)], 5);
  assert.deepEqual(await residual(left), before);
  await left.train([data.sequence(2)], 8);
  const factor = Number(manifest.optimizer.compressionDecay) ** 3;
  const after = await residual(left);
  assert.ok(before.some((x) => x !== 0) && before.every((x, i) => Math.abs(after[i] - factor * x) <= 1e-6 * Math.abs(x)));
  assert.equal(left.optimizerStep, 8);
  left.resetOptimizer();
  assert.equal(left.optimizerStep, undefined);
});

test('a run from a checkpoint starts with its parameters, and not without', async () => {
  const engine = await TrainingEngine.create({ ...manifest, initialization: { kind: 'checkpoint', seed: '11'.repeat(32), location: 'hf://owner/name', root: '00'.repeat(32) } }, { backend: 'wasm' });
  await assert.rejects(engine.initialParameters(), { code: 'CHECKPOINT_NEEDED' });
  const parameters = Float32Array.from({ length: engine.parameterCount }, (_, i) => i / engine.parameterCount);
  engine.useInitial(parameters);
  await engine.initialParameters();
  assert.deepEqual(engine.serialize(), new Uint8Array(parameters.buffer));

  // An epoch that agreed on nothing starts there again.
  await engine.train([data.sequence(0)], 0);
  engine.apply([(await engine.makePayload(at(0, 0))).payload], 0);
  assert.notDeepEqual(engine.serialize(), new Uint8Array(parameters.buffer));
  for (let i = 0; i < 2; i++) await engine.initialParameters();
  assert.deepEqual(engine.serialize(), new Uint8Array(parameters.buffer));
});
