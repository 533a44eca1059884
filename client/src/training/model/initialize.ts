import { setImmediate } from 'node:timers/promises';
import { squareRoot } from '../exact/cosine.js';
import { CounterStream } from './counter-stream.js';
import type { ModelConfig, TensorSpec } from './layout.js';

const SALT = 'psyche-init';

/** A sum of four bytes, less its mean of 510, is close to a normal deviate; this is its standard deviation × 10^4. */
const DEVIATION_E4 = 1_477_988n;

/** Weights are whole multiples of 2^-24. */
const SCALE = 2 ** -24;
const SCALE_E4 = 10_000n << 24n;

/** Numbers made in one go: some 10 ms. */
const IN_ONE_GO = 1 << 17;

/**
 * Initial weights from whole numbers only: SHA-256 in counter mode gives bytes, four bytes one deviate, times a whole
 * number, times a power of two. The same float32 on every machine.
 *
 * The deviations are GPT-2's scheme (the residual path divided by √(2·layers)), but 1/√width where GPT-2 has 0.02 at
 * every width. Every update moves every weight by the same step, up or down, so weights that start small lose what they
 * hold to the first steps: at width 128, 0.02 is still above the unigram entropy after 40 steps where 1/√width is at 2.6.
 */
export function initialWeights(seed: Uint8Array, model: ModelConfig, layout: readonly TensorSpec[]): Float32Array {
  const parameters = emptyFor(layout);
  for (const _ of filling(parameters, seed, model, layout));
  return parameters;
}

/** The same while the event loop turns: large models take a while. */
export async function initialWeightsInSteps(seed: Uint8Array, model: ModelConfig, layout: readonly TensorSpec[], signal?: AbortSignal): Promise<Float32Array> {
  const parameters = emptyFor(layout);
  for (const _ of filling(parameters, seed, model, layout)) {
    await setImmediate();
    signal?.throwIfAborted();
  }
  return parameters;
}

function emptyFor(layout: readonly TensorSpec[]): Float32Array {
  const last = layout[layout.length - 1];
  return new Float32Array(last.offset + last.size);
}

/** Writes the weights, a part at each step. */
function* filling(parameters: Float32Array, seed: Uint8Array, model: ModelConfig, layout: readonly TensorSpec[]): Generator<void> {
  const squared = SCALE_E4 ** 2n / DEVIATION_E4 ** 2n;
  const multipliers = {
    normal: Number(squareRoot(squared / BigInt(model.width))),
    residual: Number(squareRoot(squared / BigInt(2 * model.width * model.layers))),
    position: Number((SCALE_E4 * 2n) / (100n * DEVIATION_E4)),
  };
  // sha256(seed ‖ salt ‖ u32le counter), counter = 0, 1, …
  const bytes = new CounterStream(Buffer.concat([seed, Buffer.from(SALT, 'ascii')]));
  for (const spec of layout) {
    const target = parameters.subarray(spec.offset, spec.offset + spec.size);
    if (spec.initial === 'ones') target.fill(1);
    else if (spec.initial !== 'zeros') {
      for (let at = 0; at < spec.size; at += IN_ONE_GO) {
        fillNormal(target.subarray(at, at + IN_ONE_GO), bytes, multipliers[spec.initial]);
        yield;
      }
    }
  }
}

function fillNormal(target: Float32Array, bytes: CounterStream, multiplier: number): void {
  // Products of whole numbers below 2^53 and a power of two: the rounding to float32 is the only one.
  for (let i = 0; i < target.length; i++) {
    const sum = bytes.next() + bytes.next() + bytes.next() + bytes.next();
    target[i] = (sum - 510) * multiplier * SCALE;
  }
}
