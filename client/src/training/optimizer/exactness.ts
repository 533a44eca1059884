/**
 * One short run of each optimizer on random payloads: what has to come out alike on every machine. The tests hold it
 * against committed hashes; `npm run test:nodes` runs it on several versions of Node.
 */
import { createHash } from 'node:crypto';
import { floatBytes } from '../../protocol/bytes.js';
import type { OptimizerConfig, ScheduleConfig } from '../manifest.js';
import { parameterCount, type TensorSpec } from '../model/layout.js';
import { numbers } from '../testing.js';
import { coefficientCount, type CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';
import { createOptimizer } from './optimizer.js';
import { encodePayload } from './payload.js';

const ADAM = { beta1: '0.9', beta2: '0.95', epsilon: '0.00000001', weightDecay: '0.1' };
const DISTRO = { kind: 'distro', compressionDecay: '0.95', compressionTopk: 6, compressionChunk: 64, weightDecay: '0.1' } as const;

/** Every kind of optimizer and of payload. */
export const EXACT_CASES: Record<string, OptimizerConfig> = {
  'distro, 1 bit': { ...DISTRO, quantize1Bit: true },
  'distro, values': { ...DISTRO, quantize1Bit: false },
  sparseloco: { kind: 'sparseloco', localSteps: 2, outerLearningRate: '0.9', errorDecay: '0.95', compressionTopk: 64, compressionChunk: 64, ...ADAM },
  adamw: { kind: 'adamw', ...ADAM },
};

const SCHEDULE: ScheduleConfig = { kind: 'cosine', baseLearningRate: '0.003', warmupSteps: 2, totalSteps: 9, finalLearningRate: '0.0003' };
const STEPS = 4;
const MEMBERS = 5;

/** Matrices whose sides are and are not multiples of the chunk, a stack of matrices, and vectors. */
export function exactLayout(): TensorSpec[] {
  const shapes = [[128, 64], [29, 50], [1, 37], [3, 8, 20], [96], [7]];
  let offset = 0;
  return shapes.map((shape, i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const spec: TensorSpec = { name: `t${i}`, shape, offset, size, initial: 'normal' };
    offset += size;
    return spec;
  });
}

const CONTEXT = { runHash: new Uint8Array(32).fill(7), epoch: 1, round: 0, index: 0 };

/** Numbers over many orders of magnitude, some zero. */
function update(seed: number, size: number): Float32Array {
  const next = numbers(seed);
  return Float32Array.from({ length: size }, () => {
    const u = next();
    return u > 0.95 ? 0 : u * u * u * u * u * 0.5;
  });
}

/** A contribution such as no gradient makes: every form of value, exponents far apart. */
export function randomContribution({ chunks, bits }: CompressionPlan, seed: number): Coefficients {
  const next = numbers(seed);
  const below = (n: number): number => Math.min(n - 1, Math.floor((next() + 1) * 0.5 * n));
  const total = coefficientCount(chunks);
  const positions = new Uint16Array(total);
  const values = new Int16Array(total);
  let at = 0;
  for (const { rows, columns, k } of chunks) {
    // The first k of a partly shuffled list of all positions.
    const all = Uint16Array.from({ length: rows * columns }, (_, i) => i);
    for (let i = 0; i < k; i++) {
      const j = i + below(all.length - i);
      [all[i], all[j]] = [all[j], all[i]];
    }
    positions.set(all.subarray(0, k).sort(), at);
    at += k;
  }
  for (let i = 0; i < total; i++) values[i] = bits === 1 ? 2 * below(2) - 1 : bits === 2 ? 2 * below(4) - 3 : below(65_535) - 32_767;
  if (bits === 1) return { positions, values };
  return { positions, values, exponents: Int8Array.from({ length: chunks.length }, () => (next() > 0.7 ? below(40) - 60 : below(8) - 24)) };
}

/**
 * SHA-256 of θ and the shared state after some steps with random payloads.
 * @param order how a step's payloads are handed to `apply`
 */
export function agreedHash(config: OptimizerConfig, order: (payloads: Uint8Array[], step: number) => Uint8Array[] = (p) => p): string {
  const layout = exactLayout();
  const optimizer = createOptimizer({ optimizer: config, schedule: SCHEDULE }, layout);
  const parameters = update(77, parameterCount(layout));
  for (let step = 0; step < STEPS; step++) {
    const members = Array.from({ length: MEMBERS }, (_, index) => randomContribution(optimizer.plan, 1000 + 10 * step + index));
    const payloads = members.map((contribution) => encodePayload(optimizer.plan, CONTEXT, contribution));
    optimizer.apply(parameters, order(payloads, step), step);
  }
  return createHash('sha256').update(floatBytes(parameters)).update(floatBytes(optimizer.shared)).digest('hex');
}

/**
 * SHA-256 of what a member with given gradients sends and remembers. No two members need agree on it, but one machine
 * that repeats its work, or another one with the same gradients, gets the same.
 */
export function memberHash(config: OptimizerConfig): string {
  const layout = exactLayout();
  const size = parameterCount(layout);
  const member = createOptimizer({ optimizer: config, schedule: SCHEDULE }, layout);
  const hash = createHash('sha256');
  const parameters = update(77, size);
  for (let step = 0; step < 2; step++) {
    const work = parameters.slice();
    for (let part = 0; member.localStep && part < member.localSteps; part++) member.localStep(work, update(2000 + 10 * step + part, size), step, part);
    const payload = member.contribute(member.localStep ? parameters.map((p, i) => p - work[i]) : update(2000 + 10 * step, size), CONTEXT);
    member.apply(parameters, [payload], step);
    hash.update(payload);
  }
  for (const memory of member.local) hash.update(floatBytes(memory));
  return hash.update(floatBytes(parameters)).digest('hex');
}
