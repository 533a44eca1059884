import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { ScheduleConfig } from '../manifest.js';
import { parameterCount, type TensorSpec } from '../model/layout.js';
import { numbers } from '../testing.js';
import { realBasis } from './basis.js';
import type { CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';
import { createOptimizer, type Optimizer } from './optimizer.js';
import { decodePayload, type PayloadContext } from './payload.js';
import { powerOfTwo } from './quantize.js';

/*
 * The optimizers beside PyTorch's: inputs made alike on both sides, results in tests/golden/optimizers.json, which
 * tests/pytorch/optimizers.py writes. What "equal" leaves out is said there.
 */
interface Golden {
  tensors: [string, number[]][];
  distro: Record<'signs' | 'values', DistroGolden>;
  sparseloco: { settings: Settings; positions: number[][][]; values: string[][]; local: string; buffer: string; parameters: string };
  adamw: { settings: Settings; parameters: string; m: string; v: string; exactGradients: string };
}
interface DistroGolden {
  settings: Settings;
  positions: number[][][];
  values: string[][];
  spectrum: string;
  residual: string;
  parameters: string;
  /** One bit per parameter: set where the exact image is so near zero that the integer table may turn its sign. */
  near: string;
}
type Settings = Record<string, number>;

const golden = JSON.parse(readFileSync(new URL('../../../../tests/golden/optimizers.json', import.meta.url), 'utf8')) as Golden;
const layout: TensorSpec[] = [];
for (const [name, shape] of golden.tensors) {
  layout.push({ name, shape, offset: layout.length ? parameterCount(layout) : 0, size: shape.reduce((a, b) => a * b, 1), initial: 'normal' });
}
const SIZE = parameterCount(layout);
const WORKERS = 2;
const STEPS = 3;

const floats = (text: string): Float32Array => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
const every = (n: number, values: Float32Array): Float32Array => values.filter((_, i) => i % n === 0);
const decimal = (x: number): string => x.toFixed(18).replace(/0+$/, '').replace(/\.$/, '');
const at = (round: number, index: number): PayloadContext => ({ runHash: new Uint8Array(32), epoch: 0, round, index });

/** The schedule `linear` down to 0. */
const linear = (s: Settings): ScheduleConfig => ({
  kind: 'linear', baseLearningRate: decimal(s.baseLearningRate), warmupSteps: s.warmupSteps ?? 0, totalSteps: s.totalSteps ?? 1, finalLearningRate: '0',
});
const adam = (s: Settings) => ({ beta1: decimal(s.beta1), beta2: decimal(s.beta2), epsilon: decimal(s.epsilon), weightDecay: decimal(s.weightDecay) });

function initial(): Float32Array {
  const next = numbers(9);
  return Float32Array.from({ length: SIZE }, () => next() * 0.02);
}

function gradient(seed: number): Float32Array {
  const next = numbers(seed);
  return Float32Array.from({ length: SIZE }, () => {
    const u = next();
    return u * u * u * 0.1;
  });
}

function near(have: ArrayLike<number>, want: ArrayLike<number>, tolerance: number, what: string, except?: (i: number) => boolean): void {
  assert.equal(have.length, want.length, what);
  let worst = 0;
  for (let i = 0; i < want.length; i++) if (!except?.(i)) worst = Math.max(worst, Math.abs(have[i] - want[i]));
  assert.ok(worst <= tolerance, `${what}: off by ${worst}`);
}

/** What a payload's values are worth. */
function worth(plan: CompressionPlan, { values, exponents }: Coefficients): Float32Array {
  let at = 0;
  return Float32Array.from(plan.chunks.flatMap(({ k }, chunk) => Array.from({ length: k }, () => values[at++] * powerOfTwo(exponents?.[chunk] ?? 0))));
}

/** Several steps of two members, each payload shown to `look` before it is applied. */
function run(
  members: Optimizer[], parameters: Float32Array,
  updates: (step: number, member: number) => Float32Array, look: (sent: Coefficients, step: number, member: number) => void,
): void {
  for (let step = 0; step < STEPS; step++) {
    const payloads = members.map((member, w) => member.contribute(updates(step, w), at(step, w)));
    payloads.forEach((payload, w) => look(decodePayload(members[w].plan, payload, at(step, w)), step, w));
    members[0].apply(parameters, payloads, step);
  }
}

for (const name of ['signs', 'values'] as const) {
  test(`DisTrO with ${name}: positions, values, residual and three steps are DeMo's`, () => {
    const { settings: s, ...want } = golden.distro[name];
    const schedule: ScheduleConfig = { kind: 'constant', baseLearningRate: decimal(s.learningRate), warmupSteps: 0, totalSteps: 10, finalLearningRate: '0' };
    const optimizer = {
      kind: 'distro', compressionDecay: decimal(s.compressionDecay), compressionTopk: s.compressionTopk, compressionChunk: s.compressionChunk,
      weightDecay: decimal(s.weightDecay), quantize1Bit: name === 'signs',
    } as const;
    const members = Array.from({ length: WORKERS }, () => createOptimizer({ optimizer, schedule }, layout));
    const parameters = initial();
    run(members, parameters, (step, w) => gradient(100 + 10 * step + w), (sent, step, w) => {
      assert.deepEqual([...sent.positions], want.positions[step][w]);
      const values = floats(want.values[step][w]);
      if (name === 'signs') near(sent.values, values.map(Math.sign), 0, 'signs');
      // Sixteen bits of a chunk's largest coefficient, which is below 1 here.
      else near(worth(members[w].plan, sent), values, 2 ** -16, 'values');
    });
    near(every(7, members[0].local[0]), floats(want.residual), 1e-6, 'residual');
    const doubtful = Buffer.from(want.near, 'base64');
    const skipped = (i: number): boolean => ((doubtful[i >> 3] >> (i & 7)) & 1) === 1;
    near(every(3, parameters), floats(want.parameters), 1e-6, 'parameters', skipped);
    const share = Array.from({ length: Math.ceil(SIZE / 3) }, (_, i) => Number(skipped(i))).reduce((a, b) => a + b, 0) / Math.ceil(SIZE / 3);
    assert.ok(share < 0.04, `${share} of the images are near zero`);
  });
}

test('encode and decode: the spectrum of a gradient is PyTorch\'s, and the inverse gives the gradient back', () => {
  const { settings: s, spectrum } = golden.distro.signs;
  const distro = {
    kind: 'distro', compressionDecay: '0', compressionTopk: 1, compressionChunk: s.compressionChunk, weightDecay: '0', quantize1Bit: true,
  } as const;
  const member = createOptimizer({ optimizer: distro, schedule: linear({ ...s, baseLearningRate: 0 }) }, layout);
  const source = gradient(100);
  const { positions } = decodePayload(member.plan, member.contribute(source, at(0, 0)));
  // All but the one coefficient that each chunk had to send is in the residual: that one is put back by the sum that defines it.
  const [residual] = member.local;
  let from = 0;
  member.plan.chunks.forEach(({ rows, columns, offset, stride }, chunk) => {
    const [u, v] = [Math.floor(positions[chunk] / columns), positions[chunk] % columns];
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) sum += realBasis(rows)[u * rows + i] * realBasis(columns)[v * columns + j] * source[offset + i * stride + j];
    }
    residual[from + positions[chunk]] = sum;
    from += rows * columns;
  });
  near(every(7, residual), floats(spectrum), 1e-6, 'spectrum');
  const { rows, columns, offset, stride } = member.plan.chunks[1];
  const [down, across] = [realBasis(rows), realBasis(columns)];
  const start = member.plan.chunks[0].rows * member.plan.chunks[0].columns;
  for (let i = 0; i < rows; i += 3) {
    for (let j = 0; j < columns; j += 3) {
      let sum = 0;
      for (let u = 0; u < rows; u++) for (let v = 0; v < columns; v++) sum += down[u * rows + i] * across[v * columns + j] * residual[start + u * columns + v];
      assert.ok(Math.abs(sum - source[offset + i * stride + j]) < 1e-6);
    }
  }
});

test('SparseLoCo: local steps, positions, 2-bit values, buffer and three rounds are PyTorch\'s', () => {
  const { settings: s, ...want } = golden.sparseloco;
  const optimizer = {
    kind: 'sparseloco', localSteps: s.localSteps, outerLearningRate: decimal(s.outerLearningRate), errorDecay: decimal(s.errorDecay),
    compressionTopk: s.compressionTopk, compressionChunk: s.compressionChunk,
    ...adam(s),
  } as const;
  const members = Array.from({ length: WORKERS }, () => createOptimizer({ optimizer, schedule: linear(s) }, layout));
  const parameters = initial();
  const update = (round: number, w: number): Float32Array => {
    const work = parameters.slice();
    for (let part = 0; part < s.localSteps; part++) members[w].localStep!(work, gradient(300 + 100 * round + 10 * part + w), round, part);
    if (round === 0 && w === 0) near(every(7, work), floats(want.local), 1e-6, 'after the local steps');
    return parameters.map((p, i) => p - work[i]);
  };
  run(members, parameters, update, (sent, round, w) => {
    assert.deepEqual([...sent.positions], want.positions[round][w]);
    near(worth(members[w].plan, sent), floats(want.values[round][w]), 0, '2-bit values');
  });
  // The buffer is kept chunk after chunk, as PyTorch's was written.
  near(every(7, members[0].local[0]), floats(want.buffer), 1e-6, 'buffer');
  near(every(3, parameters), floats(want.parameters), 1e-6, 'parameters');
});

test('AdamW: three steps on the mean of 16-bit gradients are torch.optim.AdamW\'s', () => {
  const { settings: s, ...want } = golden.adamw;
  const members = Array.from({ length: WORKERS }, () => createOptimizer({ optimizer: { kind: 'adamw', ...adam(s) }, schedule: linear(s) }, layout));
  const parameters = initial();
  run(members, parameters, (step, w) => gradient(200 + 10 * step + w), () => {});
  near(every(3, parameters), floats(want.parameters), 1e-6, 'parameters');
  near(every(7, members[0].shared.slice(0, SIZE)), floats(want.m), 1e-8, 'first moments');
  near(every(7, members[0].shared.slice(SIZE)), floats(want.v), 1e-9, 'second moments');
  // Against gradients that were never rounded: only where one is tiny beside its block's largest does AdamW notice.
  const exact = floats(want.exactGradients);
  const apart = every(7, parameters).map((p, i) => Math.abs(p - exact[i]));
  assert.ok(apart.reduce((a, b) => a + b, 0) / apart.length < 2e-5, `${apart.reduce((a, b) => a + b, 0) / apart.length}`);
});
