import { createHash } from 'node:crypto';
import { DataError } from '../errors.js';
import { MAX_PERMUTED, Permutation } from './permutation.js';

/** Which sequence of which source. */
export interface Place {
  source: number;
  sequence: number;
}

export interface MixtureSource {
  /** Whole number, 1 and above. */
  weight: number;
  /** Sequences of one pass. */
  sequences: number;
  /** SHA-256 of the source's index, in hex. */
  index: string;
}

/**
 * Where sequence `i` of a run comes from: a function of the run's seed and its manifest in whole numbers, so that it is
 * the same on every machine, and needs no table however many there are.
 *
 * Indices go in cycles of W = Σ weights (divided by what they have in common). In each cycle source s has exactly
 * weight_s places, in an order of that cycle's own; its n-th place overall is its n-th sequence. Each pass over a source
 * takes every sequence once, in an order of that pass's own.
 */
export class MixtureOrder {
  private readonly weights: readonly number[];
  /** The first place of each source in a cycle that is not shuffled. */
  private readonly firsts: readonly number[];
  private readonly cycle: Permutation;
  private readonly orders: readonly Permutation[];

  /** @param seed the run's, 32 bytes */
  constructor(seed: Uint8Array, readonly sources: readonly MixtureSource[]) {
    const divisor = sources.map((s) => s.weight).reduce(gcd);
    this.weights = sources.map((s) => s.weight / divisor);
    const firsts: number[] = [];
    let total = 0;
    for (const weight of this.weights) {
      firsts.push(total);
      total += weight;
    }
    this.firsts = firsts;
    if (total > MAX_PERMUTED) throw new DataError('DATA_MIXTURE', 'The sources\' weights are too large: divide them all by the same number.');
    this.cycle = new Permutation(keyOf('psyche-mixture-cycle', seed), total);
    this.orders = sources.map((s, i) => new Permutation(keyOf('psyche-mixture-source', seed, `${i} ${s.index}`), s.sequences));
  }

  /** @param index of the run, counting on through all passes; a whole number */
  at(index: number): Place {
    const total = this.cycle.count;
    const cycle = Math.floor(index / total);
    const slot = this.cycle.at(cycle, index % total);
    let source = this.firsts.length - 1;
    while (this.firsts[source] > slot) source--;
    const nth = cycle * this.weights[source] + (slot - this.firsts[source]);
    const { count } = this.orders[source];
    return { source, sequence: this.orders[source].at(Math.floor(nth / count), nth % count) };
  }

  /** Share of each source, by which held-out sequences are chosen too. */
  get shares(): readonly number[] {
    return this.weights.map((w) => w / this.cycle.count);
  }

  /** How many of `count` each source gives: in proportion to the weights, what is left to the largest remainders. */
  split(count: number): number[] {
    const exact = this.weights.map((w) => [Math.floor((w * count) / this.cycle.count), (w * count) % this.cycle.count]);
    const parts = exact.map(([whole]) => whole);
    const left = count - parts.reduce((a, b) => a + b, 0);
    const byRemainder = exact.map(([, remainder], i) => [remainder, i]).sort((a, b) => b[0] - a[0] || a[1] - b[1]);
    for (const [, i] of byRemainder.slice(0, left)) parts[i]++;
    return parts;
  }
}

function keyOf(purpose: string, seed: Uint8Array, more = ''): Uint8Array {
  return createHash('sha256').update(purpose).update(seed).update(more).digest();
}

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
