import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PayloadError, TrainingError } from '../errors.js';
import type { OptimizerConfig, ScheduleConfig } from '../manifest.js';
import type { TensorSpec } from '../model/layout.js';
import { numbers } from '../testing.js';
import { agreedHash, EXACT_CASES, exactLayout, memberHash, randomContribution } from './exactness.js';
import { createOptimizer } from './optimizer.js';
import { encodePayload, type PayloadContext } from './payload.js';

const schedule: ScheduleConfig = { kind: 'constant', baseLearningRate: '0.01', warmupSteps: 0, totalSteps: 100, finalLearningRate: '0' };
const adam = { beta1: '0.9', beta2: '0.95', epsilon: '0.00000001', weightDecay: '0.1' };
const layout: TensorSpec[] = [
  { name: 'matrix', shape: [32, 16], offset: 0, size: 512, initial: 'normal' },
  { name: 'vector', shape: [16], offset: 512, size: 16, initial: 'zeros' },
];
const SIZE = 528;
const at = (round: number, index: number): PayloadContext => ({ runHash: new Uint8Array(32).fill(9), epoch: 0, round, index });
const random = (seed: number, size = SIZE): Float32Array => Float32Array.from({ length: size }, numbers(seed));

/** Whatever changes one of these changes what runs agree on: the protocol's version has to go up with it. */
const AGREED: Record<string, string> = {
  'distro, 1 bit': '5ad50feec5e83bfb2b2ee6e31cc8aa32f13f61569c527e39abc423ca3d4ab86a',
  'distro, values': '92a562c6ce70114334add84efc01c7d39c462b31fb9a584e478c795b7e6ba49e',
  sparseloco: '8ff30ac79040e98544e5a9a1a57ae933dd541cdc98bde6d3bf343ed548106b98',
  adamw: '30c5b5dc9f836ee50832e3a6631a64c12b38e0085f151607829ea6a979bb909d',
};

for (const [name, config] of Object.entries(EXACT_CASES)) {
  test(`${name}: any order of members gives the same bytes, and the golden ones`, () => {
    assert.equal(agreedHash(config), AGREED[name]);
    assert.equal(agreedHash(config, (payloads, step) => [...payloads.slice(step), ...payloads.slice(0, step)].reverse()), AGREED[name]);
  });

  test(`${name}: the same gradients give the same payloads and memory`, () => assert.equal(memberHash(config), memberHash(config)));

  test(`${name}: a faulty payload, or none, changes nothing`, () => {
    const optimizer = createOptimizer({ optimizer: config, schedule }, layout);
    const payload = optimizer.contribute(random(1), at(0, 0));
    assert.ok(payload.length <= optimizer.maxPayloadBytes);
    const bad = payload.slice();
    bad[bad.length - 1] ^= 4;
    const parameters = random(2);
    const before = parameters.slice();
    const shared = optimizer.shared.slice();
    assert.throws(() => optimizer.apply(parameters, [payload, bad], 0), PayloadError);
    assert.throws(() => optimizer.check(payload, at(1, 0)), PayloadError);
    optimizer.apply(parameters, [], 0);
    assert.deepEqual(parameters, before);
    assert.deepEqual(optimizer.shared, shared);
    optimizer.apply(parameters, [payload], 0);
    assert.notDeepEqual(parameters, before);
  });

  test(`${name}: reset forgets all of the local memory; what is saved of it is all there is`, () => {
    const run = (optimizer: ReturnType<typeof createOptimizer>, round: number): Uint8Array => {
      const work = random(3);
      optimizer.localStep?.(work, random(4 + round), round, 0);
      return optimizer.contribute(optimizer.localStep ? random(3).map((p, i) => p - work[i]) : random(4 + round), at(round, 0));
    };
    const first = createOptimizer({ optimizer: config, schedule }, layout);
    const opening = run(first, 0);
    const restored = createOptimizer({ optimizer: config, schedule }, layout);
    first.local.forEach((memory, i) => restored.local[i].set(memory));
    assert.deepEqual(run(restored, 1), run(first, 1));
    first.reset();
    assert.deepEqual(run(first, 0), opening);
  });
}

test('each optimizer finds the least of a noisy bowl', () => {
  const target = random(20);
  for (const [name, config] of Object.entries(EXACT_CASES)) {
    const still = { ...config, weightDecay: '0' } as OptimizerConfig;
    const falling: ScheduleConfig = { kind: 'linear', baseLearningRate: '0.05', warmupSteps: 0, totalSteps: 100, finalLearningRate: '0' };
    const members = Array.from({ length: 3 }, () => createOptimizer({ optimizer: still, schedule: falling }, layout));
    const parameters = new Float32Array(SIZE);
    const noise = numbers(21);
    const gradient = (p: Float32Array): Float32Array => p.map((x, i) => x - target[i] + 0.1 * noise());
    for (let step = 0; step < 100; step++) {
      const payloads = members.map((member, index) => {
        const work = parameters.slice();
        for (let part = 0; member.localStep && part < member.localSteps; part++) member.localStep(work, gradient(work), step, part);
        return member.contribute(member.localStep ? parameters.map((p, i) => p - work[i]) : gradient(work), at(step, index));
      });
      members[0].apply(parameters, payloads, step);
    }
    const apart = (p: Float32Array): number => Math.sqrt(p.reduce((sum, x, i) => sum + (x - target[i]) ** 2, 0) / SIZE);
    assert.ok(apart(parameters) < 0.4 * apart(new Float32Array(SIZE)), `${name}: ${apart(parameters)}`);
  }
});

test('adamw: the mean of the members\' gradients, and every member counts alike', () => {
  const config: OptimizerConfig = { kind: 'adamw', ...adam };
  const optimizer = createOptimizer({ optimizer: config, schedule }, layout);
  const one = createOptimizer({ optimizer: config, schedule }, layout);
  const gradient = random(5).map((x) => Math.round(x * 64) / 64);
  const parameters = random(6);
  const alone = parameters.slice();
  // Three members with the gradients 0, g and 2g have the mean g, and all of these are exact in 16 bits.
  const payloads = [0, 1, 2].map((factor, index) => optimizer.contribute(gradient.map((x) => factor * x), at(0, index)));
  optimizer.apply(parameters, payloads, 0);
  one.apply(alone, [one.contribute(gradient, at(0, 0))], 0);
  assert.deepEqual(parameters, alone);
  assert.deepEqual(optimizer.shared, one.shared);
  assert.ok(optimizer.shared.subarray(0, SIZE).some((m) => m !== 0) && optimizer.shared.subarray(SIZE).every((v) => v >= 0));
});

test('sparseloco: what was not sent, and what two bits got wrong, is sent later', () => {
  const config = EXACT_CASES.sparseloco as OptimizerConfig & { kind: 'sparseloco' };
  const optimizer = createOptimizer({ optimizer: { ...config, errorDecay: '1', outerLearningRate: '1', compressionTopk: 100 }, schedule }, layout);
  const update = random(8).map((x) => x * 0.01);
  const parameters = new Float32Array(SIZE);
  optimizer.apply(parameters, [optimizer.contribute(update, at(0, 0))], 0);
  const left = (): number => Math.max(...parameters.map((p, i) => Math.abs(p + update[i])));
  const first = left();
  for (let round = 1; round < 40; round++) optimizer.apply(parameters, [optimizer.contribute(new Float32Array(SIZE), at(round, 0))], round);
  assert.ok(first > 5e-3 && left() < 1e-4, `${first} → ${left()}`);
});

const refusal = (code: string) => (error: unknown): boolean => error instanceof TrainingError && error.code === code;

test('a member that sends numbers without measure is refused, and does not send them', () => {
  for (const config of [EXACT_CASES.sparseloco, EXACT_CASES.adamw]) {
    const optimizer = createOptimizer({ optimizer: config, schedule }, layout);
    assert.throws(() => optimizer.contribute(new Float32Array(SIZE).fill(2 ** 60), at(0, 0)), refusal('UPDATE_TOO_LARGE'));
    optimizer.reset();
    const parameters = random(1);
    for (let step = 0; step < 3; step++) optimizer.apply(parameters, [optimizer.contribute(new Float32Array(SIZE).fill(2 ** 40), at(step, 0))], step);
    assert.ok(parameters.every(Number.isFinite) && optimizer.shared.every(Number.isFinite));
    const { exponents, ...rest } = randomContribution(optimizer.plan, 1);
    const beyond = encodePayload(optimizer.plan, at(3, 1), { ...rest, exponents: exponents!.fill(41) });
    const before = parameters.slice();
    assert.throws(() => optimizer.check(beyond, at(3, 1)), (e: unknown) => e instanceof PayloadError && e.code === 'PAYLOAD_VALUE');
    assert.throws(() => optimizer.apply(parameters, [optimizer.contribute(random(2), at(3, 0)), beyond], 3), PayloadError);
    assert.deepEqual(parameters, before);
  }
});

test('settings that no step can be taken with are refused', () => {
  const distro = EXACT_CASES['distro, 1 bit'];
  const refused: [OptimizerConfig, string][] = [
    [{ ...distro, compressionTopk: 300 } as OptimizerConfig, 'TOPK_TOO_LARGE'],
    [{ ...distro, compressionTopk: 65_535, compressionChunk: 256 } as OptimizerConfig, 'TOPK_TOO_LARGE'],
    [{ ...distro, compressionChunk: 0 } as OptimizerConfig, 'CHUNK_UNSUPPORTED'],
    [{ ...distro, compressionChunk: 257 } as OptimizerConfig, 'CHUNK_UNSUPPORTED'],
    [{ kind: 'adamw', ...adam, beta1: '1' }, 'OPTIMIZER_SETTINGS'],
    [{ kind: 'adamw', ...adam, beta2: '1.5' }, 'OPTIMIZER_SETTINGS'],
    [{ kind: 'adamw', ...adam, epsilon: '0' }, 'OPTIMIZER_SETTINGS'],
    [{ kind: 'adamw', ...adam, epsilon: '1e-8' }, 'OPTIMIZER_SETTINGS'],
    [{ kind: 'adamw', ...adam, weightDecay: '-1' }, 'OPTIMIZER_SETTINGS'],
    [{ ...EXACT_CASES.sparseloco, beta2: '1' } as OptimizerConfig, 'OPTIMIZER_SETTINGS'],
    [{ ...EXACT_CASES.sparseloco, localSteps: 0 } as OptimizerConfig, 'OPTIMIZER_SETTINGS'],
    [{ ...EXACT_CASES.sparseloco, localSteps: 1.5 } as OptimizerConfig, 'OPTIMIZER_SETTINGS'],
  ];
  for (const [optimizer, code] of refused) {
    assert.throws(() => createOptimizer({ optimizer, schedule }, exactLayout()), refusal(code), `${JSON.stringify(optimizer)} ${code}`);
  }
});

test('a mean counts each contribution as often as its member has capacity, in any order; signs count once', () => {
  for (const [name, config] of Object.entries(EXACT_CASES)) {
    const member = createOptimizer({ optimizer: config, schedule }, layout);
    const payloads = [11, 12, 13].map((seed) => member.contribute(random(seed), at(0, 0)));
    const after = (list: readonly Uint8Array[], weights?: readonly number[]): Float32Array => {
      const parameters = random(14);
      createOptimizer({ optimizer: config, schedule }, layout).apply(parameters, list, 0, weights);
      return parameters;
    };
    const [a, b, c] = payloads;
    const weighted = after([a, b, c], [1, 3, 8]);
    assert.deepEqual(after([c, a, b], [8, 1, 3]), weighted, name);
    assert.deepEqual(after([a, b, c], [2, 2, 2]), after([a, b, c]), name);
    const repeated = after([a, ...Array<Uint8Array>(3).fill(b), ...Array<Uint8Array>(8).fill(c)]);
    if (config.kind === 'distro') assert.deepEqual(weighted, after([a, b, c]), name);
    else assert.deepEqual(weighted, repeated, name);
  }
});
