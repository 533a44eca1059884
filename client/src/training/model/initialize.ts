import { createHash } from 'node:crypto';
import { squareRoot } from '../exact/cosine.js';
import type { ModelConfig, TensorSpec } from './layout.js';

const SALT = 'psyche-init';

/** A sum of four bytes, less its mean of 510, is close to a normal deviate; this is its standard deviation × 10^4. */
const DEVIATION_E4 = 1_477_988n;

/** Weights are whole multiples of 2^-24. */
const SCALE = 2 ** -24;
const SCALE_E4 = 10_000n << 24n;

/**
 * Initial weights from whole numbers only: SHA-256 in counter mode gives bytes, four bytes one deviate, times a whole
 * number, times a power of two. The same float32 on every machine.
 *
 * The deviations are GPT-2's scheme (the residual path divided by √(2·layers)), but 1/√width where GPT-2 has 0.02 at
 * every width. Every update moves every weight by the same step, up or down, so weights that start small lose what they
 * hold to the first steps: at width 128, 0.02 is still above the unigram entropy after 40 steps where 1/√width is at 2.6.
 */
export function initialWeights(seed: Uint8Array, model: ModelConfig, layout: readonly TensorSpec[]): Float32Array {
  const last = layout[layout.length - 1];
  const parameters = new Float32Array(last.offset + last.size);
  const squared = SCALE_E4 ** 2n / DEVIATION_E4 ** 2n;
  const multipliers = {
    normal: Number(squareRoot(squared / BigInt(model.width))),
    residual: Number(squareRoot(squared / BigInt(2 * model.width * model.layers))),
    position: Number((SCALE_E4 * 2n) / (100n * DEVIATION_E4)),
  };
  const bytes = new ByteStream(seed);
  for (const spec of layout) {
    const target = parameters.subarray(spec.offset, spec.offset + spec.size);
    if (spec.initial === 'ones') target.fill(1);
    else if (spec.initial !== 'zeros') fillNormal(target, bytes, multipliers[spec.initial]);
  }
  return parameters;
}

function fillNormal(target: Float32Array, bytes: ByteStream, multiplier: number): void {
  // Products of whole numbers below 2^53 and a power of two: the rounding to float32 is the only one.
  for (let i = 0; i < target.length; i++) {
    const sum = bytes.next() + bytes.next() + bytes.next() + bytes.next();
    target[i] = (sum - 510) * multiplier * SCALE;
  }
}

/** Bytes of sha256(seed ‖ salt ‖ u32le counter), counter = 0, 1, … */
class ByteStream {
  private readonly input: Buffer;
  private readonly counterAt: number;
  private block: Buffer = Buffer.alloc(0);
  private at = 0;
  private counter = 0;

  constructor(seed: Uint8Array) {
    this.input = Buffer.concat([seed, Buffer.from(SALT, 'ascii'), Buffer.alloc(4)]);
    this.counterAt = this.input.length - 4;
  }

  next(): number {
    if (this.at === this.block.length) {
      this.input.writeUInt32LE(this.counter++, this.counterAt);
      this.block = createHash('sha256').update(this.input).digest();
      this.at = 0;
    }
    return this.block[this.at++];
  }
}
