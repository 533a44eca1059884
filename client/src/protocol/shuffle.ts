import { createHash } from 'node:crypto';
import { PsycheError } from '../errors.js';

/**
 * The seeded shuffle that draws roles and orders (protocol 2, "Seeds"): sha256 in counter mode, Fisher–Yates. The
 * twin of `programs/coordinator/src/logic`, equal bit for bit by the golden vectors.
 */

const WORDS_PER_BLOCK = 8;

/**
 * A stream of uniform 32-bit numbers: block j is `sha256(seed ‖ salt ‖ u32le(j))`, read as eight little-endian words.
 */
export class DrawStream {
  readonly #prefix: Buffer;
  #block = Buffer.alloc(0);
  #counter = 0;
  #word = WORDS_PER_BLOCK;

  /** @param seed 32 bytes. @param salt ASCII; different salts of one seed give independent streams. */
  constructor(seed: Uint8Array, salt: string) {
    if (seed.length !== 32) throw new PsycheError('BAD_SEED', `A seed has 32 bytes, this one has ${seed.length}.`);
    this.#prefix = Buffer.concat([seed, Buffer.from(salt, 'ascii')]);
  }

  next(): number {
    if (this.#word === WORDS_PER_BLOCK) {
      const counter = Buffer.alloc(4);
      counter.writeUInt32LE(this.#counter++);
      this.#block = createHash('sha256').update(this.#prefix).update(counter).digest();
      this.#word = 0;
    }
    return this.#block.readUInt32LE(4 * this.#word++);
  }

  /** A number in [0, bound), without modulo bias: draws beyond the last full multiple of `bound` are thrown away. */
  below(bound: number): number {
    const limit = Math.floor(2 ** 32 / bound) * bound;
    for (;;) {
      const x = this.next();
      if (x < limit) return x % bound;
    }
  }
}

/**
 * The first `first` places of a random order of 0…n−1. The order is the same however many places are asked for.
 */
export function shuffle(seed: Uint8Array, salt: string, n: number, first = n): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  const stream = new DrawStream(seed, salt);
  for (let i = 0; i < Math.min(first, n - 1); i++) {
    const j = i + stream.below(n - i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.slice(0, first);
}
