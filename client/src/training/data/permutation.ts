import { createHash } from 'node:crypto';

const ROUNDS = 4;
const SALT = 'psyche-data';

/** More elements than this have halves that bitwise operators do not hold. */
export const MAX_PERMUTED = 2 ** 52;

/**
 * A keyed order of 0 … count−1 that gives any element at once, without a table: a four-round Feistel network over the
 * next power of four, walked until it lands below `count`. Every pass over the data has another order.
 */
export class Permutation {
  private readonly halfBits: number;

  constructor(private readonly seed: Uint8Array, readonly count: number) {
    if (!(Number.isSafeInteger(count) && count >= 1 && count <= MAX_PERMUTED)) throw new RangeError(`an order of ${count} elements`);
    let bits = 1;
    while (4 ** bits < count) bits++;
    this.halfBits = bits;
  }

  /** The element at `position` of pass `pass`; passes repeat after 2³². */
  at(pass: number, position: number): number {
    let value = position;
    do value = this.scramble(pass, value);
    while (value >= this.count);
    return value;
  }

  private scramble(pass: number, value: number): number {
    const base = 2 ** this.halfBits;
    let left = Math.floor(value / base);
    let right = value % base;
    for (let round = 0; round < ROUNDS; round++) {
      const next = left ^ (this.mix(pass, round, right) % base);
      left = right;
      right = next >>> 0;
    }
    return left * base + right;
  }

  private mix(pass: number, round: number, half: number): number {
    const input = Buffer.alloc(9);
    input.writeUInt32LE(pass >>> 0, 0);
    input.writeUInt8(round, 4);
    input.writeUInt32LE(half, 5);
    return createHash('sha256').update(this.seed).update(SALT).update(input).digest().readUInt32LE(0);
  }
}
