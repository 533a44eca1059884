/** Numbers that follow from one 32-bit seed (mulberry32): all that a step of the walk leaves to chance comes from one. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … 2³² − 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** `from` … `to`, both included. */
  int(from: number, to: number): number {
    return from + (this.next() % (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.next() % from.length];
  }

  /** One of the values, each as likely as its weight says; weights are whole numbers of which one is not 0. */
  weighted<T>(from: readonly (readonly [number, T])[]): T {
    let left = this.next() % from.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of from) if ((left -= weight) < 0) return value;
    throw new RangeError('no weight is above 0');
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.next() & 0xff));
  }
}
