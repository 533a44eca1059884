import { applySigns } from '../../client/src/training/optimizer/apply.js';
import type { CompressionPlan } from '../../client/src/training/optimizer/chunks.js';
import { extract, type Coefficients } from '../../client/src/training/optimizer/compress.js';
import { decodePayload, encodePayload, type PayloadContext } from '../../client/src/training/optimizer/payload.js';
import { matrixPlan, randomCoefficients } from '../../client/src/training/optimizer/testing.js';

/** Sides of the matrix that is compressed: 16.8 M parameters, 4,096 chunks. */
const SIDE = 4096;
export const CHUNKS = (SIDE / 64) ** 2;
const CONTEXT: PayloadContext = { runHash: new Uint8Array(32).fill(1), epoch: 1, round: 1, index: 1 };

/** Positions: all alike, or the lower a row and a column the likelier: the cube of a uniform number picks each. */
export const CONTENTS = { random: 1, structured: 3 } as const;

export interface CodecFigures {
  /** Header and all, per 4,096 parameters. */
  bytes: number;
  /** Million parameters per second; decoding is all that a client does to check a payload. */
  encode: number;
  decode: number;
}

export function measureCodec(plan: CompressionPlan, content: keyof typeof CONTENTS, repetitions: number): CodecFigures {
  const coefficients = randomCoefficients(plan, randomNumbers(7), CONTENTS[content]);
  let payload = encodePayload(plan, CONTEXT, coefficients);
  const encode = speed(repetitions, () => (payload = encodePayload(plan, CONTEXT, coefficients)));
  const decode = speed(repetitions, () => decodePayload(plan, payload, CONTEXT));
  return { bytes: payload.length / CHUNKS, encode, decode };
}

/** Decay, DCT, addition and choice of the largest on a gradient of random numbers. */
export function measureExtract(plan: CompressionPlan, repetitions: number): number {
  const next = randomNumbers(9);
  const gradient = Float32Array.from({ length: SIDE * SIDE }, next);
  const residual = new Float32Array(SIDE * SIDE);
  return speed(repetitions, () => extract(residual, gradient, 0.99, plan));
}

/** The exact step with so many members' decoded contributions. */
export function measureApply(plan: CompressionPlan, members: number, repetitions: number): number {
  const next = randomNumbers(11);
  // Contributions differ in the real thing; a few of them, taken in turn, cost the same.
  const few: Coefficients[] = Array.from({ length: Math.min(members, 8) }, () => randomCoefficients(plan, next));
  const contributions = Array.from({ length: members }, (_, m) => few[m % few.length]);
  const parameters = new Float32Array(SIDE * SIDE);
  return speed(repetitions, () => applySigns(parameters, plan, contributions, { learningRate: Math.fround(0.001), decay: 1 }));
}

export function planOf(k: number, settings: Partial<CompressionPlan> = {}): CompressionPlan {
  return matrixPlan(SIDE, SIDE, { k, ...settings });
}

/** log2 C(4096, k) bits for the set and one for each sign, in bytes: no lossless code of random content takes fewer. */
export function floorBytes(k: number): number {
  let bits = k;
  for (let i = 0; i < k; i++) bits += Math.log2((4096 - i) / (i + 1));
  return bits / 8;
}

/** Million parameters per second at the best of several repetitions, after one that does not count. */
function speed(repetitions: number, work: () => void): number {
  work();
  let best = Infinity;
  for (let i = 0; i < repetitions; i++) {
    const started = performance.now();
    work();
    best = Math.min(best, performance.now() - started);
  }
  return (SIDE * SIDE) / best / 1000;
}

/** Numbers in [−1, 1), the same ones for the same seed; of a longer period than the tests' small generator. */
function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  };
}
