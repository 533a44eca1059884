/** The contestant of this project: `node --import tsx scripts/bench-backends/ours.ts <backend> <threads> <model> <folder>`. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openBackend, type BackendKind } from '../../client/src/training/backends/index.js';
import { BatchGradient } from '../../client/src/training/batch-gradient.js';
import { norm } from '../../client/src/training/model/gradient.js';
import { createModel } from '../../client/src/training/model/model.js';
import type { Ready, Run } from './contestant.js';
import { MODELS } from './models.js';

const [kind, threads, modelName, folder] = process.argv.slice(2);
const { config, microBatch, batch } = MODELS[modelName];
const backend = await openBackend({ backend: kind as BackendKind, threads: Number(threads) });
const model = createModel(backend, config);
const gradients = new BatchGradient(backend, model, Math.ceil(microBatch / backend.threads), Infinity);
const parameters = await floats('parameters.f32');
const tokens = new Int32Array((await floats('tokens.i32')).buffer);
const length = config.contextLength + 1;
const sequences = Array.from({ length: batch }, (_, i) => tokens.subarray(i * length, (i + 1) * length));

async function floats(name: string): Promise<Float32Array> {
  const bytes = await readFile(join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** All that a round's gradient takes: parameters up, loss and gradient, gradient back and summed up, its norm. */
const step = (): Promise<number> => gradients.compute(parameters, sequences);

const loss = await step();
const ready: Ready = { name: backend.name, device: backend.device, parameters: parameters.length, loss, norm: norm(gradients.gradient) };
await writeFile(join(folder, `gradient-${kind}.f32`), gradients.gradient);
for (let i = 0; i < 3; i++) await step();
console.log(JSON.stringify(ready));

for await (const line of createInterface({ input: process.stdin })) {
  const limit = Number(line.split(' ')[1]);
  const times: number[] = [];
  const started = performance.now();
  const cpu = process.cpuUsage();
  while (times.length < 3 || performance.now() - started < limit) {
    const before = performance.now();
    await step();
    times.push(performance.now() - before);
  }
  const wall = performance.now() - started;
  const used = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const run: Run = {
    tokensPerSecond: (1000 * batch * config.contextLength) / times[times.length >> 1],
    steps: times.length,
    cores: (used.user + used.system) / 1000 / wall,
  };
  console.log(JSON.stringify(run));
}
process.exit(0);
