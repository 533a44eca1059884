import { realBasis } from './basis.js';

/** One fold of the transform: of m inputs, the m/2 odd coefficients by a product, the even ones by the next fold. */
interface Fold {
  readonly half: number;
  /** [j][i]: weight of input difference i in odd coefficient j. */
  readonly table: Float64Array;
  /** Odd coefficient j of this fold is coefficient stride·(2j+1) of the whole. */
  readonly stride: number;
}

/**
 * The orthonormal DCT-II of one length in double precision. An even length is folded: its even coefficients are the
 * transform of half the length of the sums of mirrored inputs, which leaves a third of the plain product's work at 64.
 */
export class Dct {
  private readonly folds: Fold[] = [];
  private readonly base: Float64Array;
  private readonly baseSize: number;
  private readonly baseStride: number;
  private readonly sums: Float64Array;
  private readonly differences: Float64Array;

  constructor(readonly n: number) {
    const basis = realBasis(n);
    let m = n;
    let stride = 1;
    // A shorter fold's angles are those that the full table's row u begins with, u a multiple of the fold's stride.
    for (; m > 1 && m % 2 === 0; m /= 2, stride *= 2) {
      const half = m / 2;
      const table = new Float64Array(half * half);
      for (let j = 0; j < half; j++) for (let i = 0; i < half; i++) table[j * half + i] = basis[stride * (2 * j + 1) * n + i];
      this.folds.push({ half, table, stride });
    }
    this.baseSize = m;
    this.baseStride = stride;
    this.base = new Float64Array(m * m);
    for (let j = 0; j < m; j++) for (let i = 0; i < m; i++) this.base[j * m + i] = basis[stride * j * n + i];
    this.sums = new Float64Array(n);
    this.differences = new Float64Array(Math.max(1, n >> 1));
  }

  /** Transforms `count` vectors laid one after another and writes the coefficients transposed: `target[u·count + r]`. */
  transformTransposed(source: Float64Array, target: Float64Array, count: number): void {
    const { n, sums, differences, folds } = this;
    for (let r = 0; r < count; r++) {
      const at = r * n;
      for (let i = 0; i < n; i++) sums[i] = source[at + i];
      let m = n;
      for (const { half, table, stride } of folds) {
        for (let i = 0, mirror = m - 1; i < half; i++, mirror--) {
          const a = sums[i];
          const b = sums[mirror];
          sums[i] = a + b;
          differences[i] = a - b;
        }
        for (let j = 0; j < half; j++) target[stride * (2 * j + 1) * count + r] = dot(table, j * half, differences, half);
        m = half;
      }
      const { base, baseSize, baseStride } = this;
      for (let j = 0; j < baseSize; j++) target[baseStride * j * count + r] = dot(base, j * baseSize, sums, baseSize);
    }
  }
}

/** In four running sums, in this order on every machine. */
function dot(table: Float64Array, from: number, values: Float64Array, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    a += table[from + i] * values[i];
    b += table[from + i + 1] * values[i + 1];
    c += table[from + i + 2] * values[i + 2];
    d += table[from + i + 3] * values[i + 3];
  }
  for (; i < length; i++) a += table[from + i] * values[i];
  return a + b + (c + d);
}

const transforms = new Map<number, Dct>();

export function dctOf(n: number): Dct {
  let transform = transforms.get(n);
  if (!transform) transforms.set(n, (transform = new Dct(n)));
  return transform;
}
