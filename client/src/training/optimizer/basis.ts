import { cosinePi, roundScaled, squareRoot } from '../exact/cosine.js';

const BITS = 160n;

/** Scale of the integer basis: ten bits. */
export const INTEGER_SCALE = 1024n;

/** The orthonormal DCT-II of one length, rounded to whole multiples of 1/1024. */
export interface IntegerBasis {
  readonly n: number;
  /** [u][i], row u the u-th cosine. */
  readonly table: Int32Array;
  /** Largest magnitude in the table. */
  readonly peak: number;
}

const integers = new Map<number, IntegerBasis>();
const reals = new Map<number, Float64Array>();

/**
 * The table of the exact inverse transform. Computed in whole numbers only, so it is the same everywhere; golden hashes
 * of it are in the tests. A side of length 1 is left unscaled: only signs of the result are used.
 */
export function integerBasis(n: number): IntegerBasis {
  let basis = integers.get(n);
  if (!basis) {
    const table = n === 1 ? Int32Array.of(1) : Int32Array.from(entries(n), (v) => Number(roundScaled(v, INTEGER_SCALE)));
    basis = { n, table, peak: table.reduce((a, b) => Math.max(a, Math.abs(b)), 0) };
    integers.set(n, basis);
  }
  return basis;
}

/** The same table as doubles, for the transform of gradients. Also free of `Math.cos`. */
export function realBasis(n: number): Float64Array {
  let table = reals.get(n);
  if (!table) {
    table = Float64Array.from(entries(n), (v) => Number(v >> (BITS - 62n)) / 2 ** 62);
    reals.set(n, table);
  }
  return table;
}

/** √(2/n)·cos(π(2i+1)u/2n), and √(1/n) for u = 0, in units of 2^-160. */
function entries(n: number): bigint[] {
  const one = 1n << (2n * BITS);
  const first = squareRoot(one / BigInt(n));
  const rest = squareRoot((2n * one) / BigInt(n));
  // The angle (2i+1)u repeats every 4n: one cosine for each.
  const cosines = Array.from({ length: 4 * n }, (_, a) => (rest * cosinePi(a, 2 * n)) >> BITS);
  const table: bigint[] = [];
  for (let u = 0; u < n; u++) for (let i = 0; i < n; i++) table.push(u === 0 ? first : cosines[((2 * i + 1) * u) % (4 * n)]);
  return table;
}
