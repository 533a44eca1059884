/**
 * Several members of one run in one process, without chain or network: shows how a choice of settings learns, with
 * updates applied one round late as in a real run, and how long each part takes.
 *
 *     node --import tsx client/src/training/simulate.ts --text data/tinyshakespeare.txt --steps 60 --batch 24 --lr 0.004
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { DataSet, TrainingEngine, type RunManifest } from './index.js';

const { values: options } = parseArgs({
  options: {
    text: { type: 'string', default: 'data/tinyshakespeare.txt' },
    steps: { type: 'string', default: '60' },
    workers: { type: 'string', default: '3' },
    batch: { type: 'string', default: '24' },
    lr: { type: 'string', default: '0.004' },
    final: { type: 'string', default: '0' },
    kind: { type: 'string', default: 'constant' },
    warmup: { type: 'string', default: '5' },
    decay: { type: 'string', default: '0.95' },
    k: { type: 'string', default: '8' },
    chunk: { type: 'string', default: '64' },
    clip: { type: 'string' },
    delay: { type: 'string', default: '1' },
    held: { type: 'string', default: '16' },
    every: { type: 'string', default: '15' },
    seed: { type: 'string', default: '0' },
    backend: { type: 'string', default: 'auto' },
    microBatch: { type: 'string', default: '4' },
    layers: { type: 'string', default: '4' },
    width: { type: 'string', default: '128' },
    context: { type: 'string', default: '128' },
    sample: { type: 'boolean', default: false },
  },
});

const steps = Number(options.steps);
const workers = Number(options.workers);
const batch = Number(options.batch);
const text = await readFile(options.text);
const manifest: RunManifest = {
  version: 1,
  model: { architecture: 'gpt2', vocabSize: 256, contextLength: Number(options.context), layers: Number(options.layers), heads: 4, width: Number(options.width) },
  initialization: { kind: 'seeded', seed: createHash('sha256').update(options.seed).digest('hex') },
  data: { kind: 'text', name: 'text', sha256: createHash('sha256').update(text).digest('hex'), bytes: text.length, heldOutPermille: 50 },
  tokenizer: { kind: 'bytes' },
  optimizer: {
    kind: 'distro', compressionDecay: options.decay, compressionTopk: Number(options.k), compressionChunk: Number(options.chunk),
    weightDecay: '0', quantize1Bit: true, ...(options.clip ? { gradientClip: options.clip } : {}),
  },
  schedule: { kind: options.kind as 'constant', baseLearningRate: options.lr, warmupSteps: Number(options.warmup), totalSteps: steps, finalLearningRate: options.final },
  hashInterval: 8,
};

const runHash = new Uint8Array(32);
const data = new DataSet(text, manifest);
const held = data.heldOut(Number(options.held));
const engines: TrainingEngine[] = [];
for (let i = 0; i < workers; i++) {
  engines.push(await TrainingEngine.create(manifest, { backend: options.backend as 'auto', microBatch: Number(options.microBatch) }));
  engines[i].initialParameters();
}
const spent = { train: 0, payload: 0, apply: 0, evaluate: 0, tokens: 0, evaluated: 0 };
const clock = async <T>(part: 'train' | 'payload' | 'apply' | 'evaluate', work: () => T | Promise<T>): Promise<T> => {
  const started = performance.now();
  const result = await work();
  spent[part] += performance.now() - started;
  return result;
};
const curve: string[] = [];
const measure = async (step: number): Promise<void> => {
  const loss = await clock('evaluate', () => engines[0].evaluate(held));
  spent.evaluated++;
  curve.push(`${step}:${loss.toFixed(3)}`);
};
await measure(0);
/** Rounds' payloads that wait to be applied: a round trains on parameters that lack the round before. */
const waiting: { step: number; payloads: Uint8Array[] }[] = [];
let bytes = 0;
for (let step = 0; step < steps; step++) {
  const payloads: Uint8Array[] = [];
  for (let w = 0; w < workers; w++) {
    const share: Int32Array[] = [];
    for (let i = w; i < batch; i += workers) share.push(data.sequence(step * batch + i));
    spent.tokens += (await clock('train', () => engines[w].train(share, step))).tokens;
    const made = await clock('payload', () => engines[w].makePayload({ runHash, epoch: 0, round: step, index: w }));
    bytes += made.payload.length;
    payloads.push(made.payload);
  }
  waiting.push({ step, payloads });
  while (waiting.length > Number(options.delay)) {
    const due = waiting.shift()!;
    await clock('apply', () => engines[0].apply(due.payloads, due.step));
    // All members would arrive at the same bytes, so here they are copied.
    for (const engine of engines.slice(1)) engine.load(engines[0].serialize());
  }
  if ((step + 1) % Number(options.every) === 0) await measure(step + 1);
}
const each = (ms: number, members = workers): string => (ms / (steps * members)).toFixed(0);
console.log(
  `lr ${options.lr} ${options.kind} warmup ${options.warmup} decay ${options.decay} k ${options.k} batch ${batch} workers ${workers} seed ${options.seed}${options.clip ? ` clip ${options.clip}` : ''} | ${curve.join(' ')} | ` +
    `${((1000 * spent.tokens) / spent.train).toFixed(0)} tok/s, ms: train ${each(spent.train)}, payload ${each(spent.payload)}, apply ${each(spent.apply, 1)}, ` +
    `evaluate ${(spent.evaluate / spent.evaluated).toFixed(0)} | ${(bytes / steps / workers).toFixed(0)} B`,
);
if (options.sample) {
  const sample = await clock('evaluate', () => engines[0].generate(Int32Array.from(Buffer.from('ROMEO:')), 160, { seed: 1, below: 256 }));
  console.log(Buffer.from(Uint8Array.from(sample)).toString());
}
