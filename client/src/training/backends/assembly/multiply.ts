// Matrix products: both operands are packed into panels that the inner kernel reads front to back, in blocks that stay
// in the processor's caches (Goto and van de Geijn, ACM TOMS 34(3), 2008).
//
// Each element is bias + a₀b₀ + a₁b₁ + …, each product and each sum rounded once, in this order, whatever the blocks: the
// same bits on every machine, and those of the product that TensorFlow.js's own module computes.
import { packColumns, packRows } from './pack';

/** The inner kernel's tile of the result: 4 rows of two vectors, which leaves registers for the operands. */
const ROWS: i32 = 4;
const COLUMNS: i32 = 8;
/** One block of a (128 KB) fits the second-level cache beside what it meets; a panel of b (8 KB) the first. */
const ROW_BLOCK: i32 = 128;
const INNER_BLOCK: i32 = 256;
const COLUMN_BLOCK: i32 = 512;

const TILE_BYTES: usize = 4 * ROWS * COLUMNS;

/** Bytes that {@link multiply} wants as scratch, whatever the sizes. */
export function scratchBytes(): usize {
  return TILE_BYTES + 4 * INNER_BLOCK * (ROW_BLOCK + COLUMN_BLOCK);
}

/**
 * out [rows, columns] = bias + a·b, for a [rows, inner] and b [inner, columns], each stored the other way round where
 * said so.
 * @param bias columns numbers, or 0
 */
export function multiply(a: usize, transposedA: bool, b: usize, transposedB: bool, out: usize, rows: i32, inner: i32, columns: i32, bias: usize, scratch: usize): void {
  start(out, rows, columns, bias);
  const packedA = scratch + TILE_BYTES;
  const packedB = packedA + 4 * INNER_BLOCK * ROW_BLOCK;
  for (let j = 0; j < columns; j += COLUMN_BLOCK) {
    const width = min(columns - j, COLUMN_BLOCK);
    for (let p = 0; p < inner; p += INNER_BLOCK) {
      const depth = min(inner - p, INNER_BLOCK);
      if (transposedB) packRows(b + 4 * (j * inner + p), inner, width, depth, packedB, COLUMNS);
      else packColumns(b + 4 * (p * columns + j), columns, width, depth, packedB, COLUMNS);
      for (let i = 0; i < rows; i += ROW_BLOCK) {
        const height = min(rows - i, ROW_BLOCK);
        if (transposedA) packColumns(a + 4 * (p * rows + i), rows, height, depth, packedA, ROWS);
        else packRows(a + 4 * (i * inner + p), inner, height, depth, packedA, ROWS);
        multiplyBlocks(packedA, packedB, out + 4 * (i * columns + j), columns, height, width, depth, scratch);
      }
    }
  }
}

function start(out: usize, rows: i32, columns: i32, bias: usize): void {
  const row = 4 * columns;
  if (bias == 0) memory.fill(out, 0, <usize>rows * row);
  else for (let i = 0; i < rows; i++) memory.copy(out + i * row, bias, row);
}

function multiplyBlocks(packedA: usize, packedB: usize, out: usize, stride: i32, height: i32, width: i32, depth: i32, tile: usize): void {
  for (let j = 0; j < width; j += COLUMNS) {
    for (let i = 0; i < height; i += ROWS) {
      const a = packedA + 4 * i * depth;
      const b = packedB + 4 * j * depth;
      const at = out + 4 * (i * stride + j);
      if (height - i >= ROWS && width - j >= COLUMNS) {
        multiplyTile(a, b, at, 4 * stride, depth);
      } else {
        // The panels are padded with zeros; the result is not, and goes by way of a tile that is.
        const rows = min(height - i, ROWS);
        const bytes = 4 * min(width - j, COLUMNS);
        for (let r = 0; r < rows; r++) memory.copy(tile + 4 * COLUMNS * r, at + 4 * stride * r, bytes);
        multiplyTile(a, b, tile, 4 * COLUMNS, depth);
        for (let r = 0; r < rows; r++) memory.copy(at + 4 * stride * r, tile + 4 * COLUMNS * r, bytes);
      }
    }
  }
}

/** Adds the product of one panel of a and one of b to a tile of the result, whose rows are `stride` bytes apart. */
function multiplyTile(a: usize, b: usize, out: usize, stride: usize, depth: i32): void {
  const out1 = out + stride;
  const out2 = out1 + stride;
  const out3 = out2 + stride;
  let x0 = v128.load(out);
  let y0 = v128.load(out, 16);
  let x1 = v128.load(out1);
  let y1 = v128.load(out1, 16);
  let x2 = v128.load(out2);
  let y2 = v128.load(out2, 16);
  let x3 = v128.load(out3);
  let y3 = v128.load(out3, 16);
  const end = a + 16 * depth;
  while (a < end) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let factor = v128.load32_splat(a);
    x0 = f32x4.add(x0, f32x4.mul(factor, left));
    y0 = f32x4.add(y0, f32x4.mul(factor, right));
    factor = v128.load32_splat(a, 4);
    x1 = f32x4.add(x1, f32x4.mul(factor, left));
    y1 = f32x4.add(y1, f32x4.mul(factor, right));
    factor = v128.load32_splat(a, 8);
    x2 = f32x4.add(x2, f32x4.mul(factor, left));
    y2 = f32x4.add(y2, f32x4.mul(factor, right));
    factor = v128.load32_splat(a, 12);
    x3 = f32x4.add(x3, f32x4.mul(factor, left));
    y3 = f32x4.add(y3, f32x4.mul(factor, right));
    a += 16;
    b += 32;
  }
  v128.store(out, x0);
  v128.store(out, y0, 16);
  v128.store(out1, x1);
  v128.store(out1, y1, 16);
  v128.store(out2, x2);
  v128.store(out2, y2, 16);
  v128.store(out3, x3);
  v128.store(out3, y3, 16);
}
