import { realBasis } from './basis.js';

/** One fold of the transform: of m inputs, the m/2 odd coefficients by a product, the even ones by the next fold. */
interface Fold {
  readonly half: number;
  /** [j][i]: weight of input difference i in odd coefficient j. */
  readonly table: Float32Array;
  /** Odd coefficient j of this fold is coefficient stride·(2j+1) of the whole. */
  readonly stride: number;
}

/**
 * The orthonormal DCT-II of one length in float32. An even length is folded: its even coefficients are the transform
 * of half the length of the sums of mirrored inputs, which leaves a third of the plain product's work at 64. All sums run
 * from the first product to the last, as in the WebAssembly kernel, which gives the same bits.
 */
export class Dct {
  readonly folds: Fold[] = [];
  /** What is left after folding, of odd length: [j][i]. */
  readonly base: Float32Array;
  private readonly baseSize: number;
  private readonly baseStride: number;
  private readonly sums: Float32Array;
  private readonly differences: Float32Array;

  constructor(readonly n: number) {
    const basis = realBasis(n);
    let m = n;
    let stride = 1;
    // A shorter fold's angles are those that the full table's row u begins with, u a multiple of the fold's stride.
    for (; m > 1 && m % 2 === 0; m /= 2, stride *= 2) {
      const half = m / 2;
      const table = new Float32Array(half * half);
      for (let j = 0; j < half; j++) for (let i = 0; i < half; i++) table[j * half + i] = basis[stride * (2 * j + 1) * n + i];
      this.folds.push({ half, table, stride });
    }
    this.baseSize = m;
    this.baseStride = stride;
    this.base = new Float32Array(m * m);
    for (let j = 0; j < m; j++) for (let i = 0; i < m; i++) this.base[j * m + i] = basis[stride * j * n + i];
    this.sums = new Float32Array(n);
    this.differences = new Float32Array(Math.max(1, n >> 1));
  }

  /** Transforms `count` vectors laid one after another and writes the coefficients transposed: `target[u·count + r]`. */
  transformTransposed(source: Float32Array, target: Float32Array, count: number): void {
    const { n, sums, differences, folds, base, baseSize, baseStride } = this;
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
        products(table, half, differences, target, stride * count + r, 2 * stride * count);
        m = half;
      }
      products(base, baseSize, sums, target, r, baseStride * count);
    }
  }
}

/** Products of a square table with a vector. Four at a time, since each sum alone would wait for its own last addition. */
function products(table: Float32Array, size: number, values: Float32Array, target: Float32Array, at: number, step: number): void {
  let j = 0;
  for (; j + 4 <= size; j += 4) {
    const row = j * size;
    const x = values[0];
    let a = Math.fround(table[row] * x);
    let b = Math.fround(table[row + size] * x);
    let c = Math.fround(table[row + 2 * size] * x);
    let d = Math.fround(table[row + 3 * size] * x);
    for (let i = 1; i < size; i++) {
      const y = values[i];
      a = Math.fround(a + Math.fround(table[row + i] * y));
      b = Math.fround(b + Math.fround(table[row + size + i] * y));
      c = Math.fround(c + Math.fround(table[row + 2 * size + i] * y));
      d = Math.fround(d + Math.fround(table[row + 3 * size + i] * y));
    }
    target[at + j * step] = a;
    target[at + (j + 1) * step] = b;
    target[at + (j + 2) * step] = c;
    target[at + (j + 3) * step] = d;
  }
  for (; j < size; j++) {
    let sum = Math.fround(table[j * size] * values[0]);
    for (let i = 1; i < size; i++) sum = Math.fround(sum + Math.fround(table[j * size + i] * values[i]));
    target[at + j * step] = sum;
  }
}

const transforms = new Map<number, Dct>();

export function dctOf(n: number): Dct {
  let transform = transforms.get(n);
  if (!transform) transforms.set(n, (transform = new Dct(n)));
  return transform;
}
