// The orthonormal DCT-II in float32, four or eight columns at a time, in the order of the plain twin (optimizer/dct.ts).

/** Inputs of one block of columns, and a fold's differences: 256 vectors of 32 bytes each. */
const SUMS: usize = memory.data(8192, 16);
const DIFFERENCES: usize = memory.data(4096, 16);

/**
 * Transforms each column of `n` rows. Strides are in bytes.
 * @param blocks of four columns
 * @param tables as `DctTables` lays them out: fold after fold, then the base, rows in groups of four
 */
export function transformColumns(source: usize, sourceStride: usize, target: usize, targetStride: usize, n: i32, blocks: i32, tables: usize): void {
  let b = 0;
  for (; b + 2 <= blocks; b += 2) transformPair(source + 16 * b, sourceStride, target + 16 * b, targetStride, n, tables);
  if (b < blocks) transformOne(source + 16 * b, sourceStride, target + 16 * b, targetStride, n, tables);
}

/** Eight columns. */
function transformPair(source: usize, sourceStride: usize, target: usize, targetStride: usize, n: i32, tables: usize): void {
  for (let i = 0; i < n; i++) {
    v128.store(SUMS + 32 * i, v128.load(source));
    v128.store(SUMS + 32 * i, v128.load(source, 16), 16);
    source += sourceStride;
  }
  let table = tables;
  let m = n;
  let step = targetStride;
  while (m > 1 && (m & 1) == 0) {
    const half = m >> 1;
    let mirror = SUMS + 32 * (m - 1);
    for (let i = 0; i < half; i++) {
      const at = SUMS + 32 * i;
      const a0 = v128.load(at);
      const a1 = v128.load(at, 16);
      const b0 = v128.load(mirror);
      const b1 = v128.load(mirror, 16);
      v128.store(at, f32x4.add(a0, b0));
      v128.store(at, f32x4.add(a1, b1), 16);
      v128.store(DIFFERENCES + 32 * i, f32x4.sub(a0, b0));
      v128.store(DIFFERENCES + 32 * i, f32x4.sub(a1, b1), 16);
      mirror -= 32;
    }
    table = productPair(table, half, DIFFERENCES, target + step, 2 * step);
    m = half;
    step *= 2;
  }
  productPair(table, m, SUMS, target, step);
}

/** Products of a square table with `size` vectors of eight, each summed from the first to the last. @returns the table's end */
function productPair(table: usize, size: i32, values: usize, target: usize, step: usize): usize {
  const end = values + 32 * size;
  let j = 0;
  for (; j + 4 <= size; j += 4) {
    let x0 = v128.load(values);
    let x1 = v128.load(values, 16);
    let t = v128.load32_splat(table);
    let a0 = f32x4.mul(t, x0);
    let a1 = f32x4.mul(t, x1);
    t = v128.load32_splat(table, 4);
    let b0 = f32x4.mul(t, x0);
    let b1 = f32x4.mul(t, x1);
    t = v128.load32_splat(table, 8);
    let c0 = f32x4.mul(t, x0);
    let c1 = f32x4.mul(t, x1);
    t = v128.load32_splat(table, 12);
    let d0 = f32x4.mul(t, x0);
    let d1 = f32x4.mul(t, x1);
    table += 16;
    for (let at = values + 32; at < end; at += 32) {
      x0 = v128.load(at);
      x1 = v128.load(at, 16);
      t = v128.load32_splat(table);
      a0 = f32x4.add(a0, f32x4.mul(t, x0));
      a1 = f32x4.add(a1, f32x4.mul(t, x1));
      t = v128.load32_splat(table, 4);
      b0 = f32x4.add(b0, f32x4.mul(t, x0));
      b1 = f32x4.add(b1, f32x4.mul(t, x1));
      t = v128.load32_splat(table, 8);
      c0 = f32x4.add(c0, f32x4.mul(t, x0));
      c1 = f32x4.add(c1, f32x4.mul(t, x1));
      t = v128.load32_splat(table, 12);
      d0 = f32x4.add(d0, f32x4.mul(t, x0));
      d1 = f32x4.add(d1, f32x4.mul(t, x1));
      table += 16;
    }
    v128.store(target, a0);
    v128.store(target, a1, 16);
    v128.store(target + step, b0);
    v128.store(target + step, b1, 16);
    v128.store(target + 2 * step, c0);
    v128.store(target + 2 * step, c1, 16);
    v128.store(target + 3 * step, d0);
    v128.store(target + 3 * step, d1, 16);
    target += 4 * step;
  }
  for (; j < size; j++) {
    let t = v128.load32_splat(table);
    let a0 = f32x4.mul(t, v128.load(values));
    let a1 = f32x4.mul(t, v128.load(values, 16));
    table += 4;
    for (let at = values + 32; at < end; at += 32) {
      t = v128.load32_splat(table);
      a0 = f32x4.add(a0, f32x4.mul(t, v128.load(at)));
      a1 = f32x4.add(a1, f32x4.mul(t, v128.load(at, 16)));
      table += 4;
    }
    v128.store(target, a0);
    v128.store(target, a1, 16);
    target += step;
  }
  return table;
}

/** Four columns, where no fifth is left: as a pair of which one half is nothing. */
function transformOne(source: usize, sourceStride: usize, target: usize, targetStride: usize, n: i32, tables: usize): void {
  for (let i = 0; i < n; i++) {
    v128.store(SUMS + 16 * i, v128.load(source));
    source += sourceStride;
  }
  let table = tables;
  let m = n;
  let step = targetStride;
  while (m > 1 && (m & 1) == 0) {
    const half = m >> 1;
    for (let i = 0; i < half; i++) {
      const a = v128.load(SUMS + 16 * i);
      const b = v128.load(SUMS + 16 * (m - 1 - i));
      v128.store(SUMS + 16 * i, f32x4.add(a, b));
      v128.store(DIFFERENCES + 16 * i, f32x4.sub(a, b));
    }
    table = productOne(table, half, DIFFERENCES, target + step, 2 * step);
    m = half;
    step *= 2;
  }
  productOne(table, m, SUMS, target, step);
}

function productOne(table: usize, size: i32, values: usize, target: usize, step: usize): usize {
  for (let j = 0; j < size; j++) {
    // Rows stand in groups of four, interleaved; those that fill no group stand one by one.
    const grouped = j < (size & ~3);
    const stride: usize = grouped ? 16 : 4;
    let t = table + 4 * (grouped ? (j & ~3) * size + (j & 3) : j * size);
    let sum = f32x4.mul(v128.load32_splat(t), v128.load(values));
    for (let i = 1; i < size; i++) {
      t += stride;
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(t), v128.load(values + 16 * i)));
    }
    v128.store(target, sum);
    target += step;
  }
  return table + 4 * size * size;
}

/** Writes the transpose of `rows` × `columns`, both multiples of four. Strides are in bytes. */
export function transpose(source: usize, sourceStride: usize, target: usize, targetStride: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r += 4) {
    for (let c = 0; c < columns; c += 4) {
      const from = source + sourceStride * r + 4 * c;
      const a = v128.load(from);
      const b = v128.load(from + sourceStride);
      const d = v128.load(from + 2 * sourceStride);
      const e = v128.load(from + 3 * sourceStride);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const de = v128.shuffle<f32>(d, e, 0, 4, 1, 5);
      const DE = v128.shuffle<f32>(d, e, 2, 6, 3, 7);
      const to = target + targetStride * c + 4 * r;
      v128.store(to, v128.shuffle<f32>(ab, de, 0, 1, 4, 5));
      v128.store(to + targetStride, v128.shuffle<f32>(ab, de, 2, 3, 6, 7));
      v128.store(to + 2 * targetStride, v128.shuffle<f32>(AB, DE, 0, 1, 4, 5));
      v128.store(to + 3 * targetStride, v128.shuffle<f32>(AB, DE, 2, 3, 6, 7));
    }
  }
}
