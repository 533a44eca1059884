import { transformColumns, transpose } from './transform';
import { takeLargest } from './top-k';

/** Rows and columns of a chunk rounded up to multiples of four: at most 256 × 256 numbers. */
const FIRST: usize = memory.data(262144, 16);
const SECOND: usize = memory.data(262144, 16);

/**
 * One step of the residual for `count` chunks that lie side by side: decay it, add the update, take the largest out.
 * @param update rows of `stride` bytes; chunk c begins `4 · columns · c` bytes into each
 * @param residual chunk after chunk
 * @param rowTables tables of the DCT of length `rows`; 0 where chunks are not transformed
 * @param positions u16, k per chunk
 * @param coefficients f32, k per chunk
 */
export function extractChunks(update: usize, stride: usize, residual: usize, decay: f32, count: i32, rows: i32, columns: i32, k: i32, rowTables: usize, columnTables: usize, positions: usize, coefficients: usize): void {
  const area = rows * columns;
  for (let c = 0; c < count; c++) {
    const from = update + 4 * columns * c;
    if (rowTables) addSpectrum(from, stride, residual, decay, rows, columns, rowTables, columnTables);
    else addPlain(from, stride, residual, decay, rows, columns);
    takeLargest(residual, area, k, positions, coefficients);
    residual += 4 * area;
    positions += 2 * k;
    coefficients += 4 * k;
  }
}

function addPlain(from: usize, stride: usize, residual: usize, decay: f32, rows: i32, columns: i32): void {
  const factor = f32x4.splat(decay);
  for (let r = 0; r < rows; r++) {
    let i = 0;
    for (; i + 4 <= columns; i += 4) v128.store(residual + 4 * i, f32x4.add(f32x4.mul(factor, v128.load(residual + 4 * i)), v128.load(from + 4 * i)));
    for (; i < columns; i++) store<f32>(residual + 4 * i, decay * load<f32>(residual + 4 * i) + load<f32>(from + 4 * i));
    residual += 4 * columns;
    from += stride;
  }
}

/** Down the columns, then, transposed, along the rows. What lies beyond the chunk in vectors of four is computed and not used. */
function addSpectrum(from: usize, stride: usize, residual: usize, decay: f32, rows: i32, columns: i32, rowTables: usize, columnTables: usize): void {
  const height = (rows + 3) & ~3;
  const width = (columns + 3) & ~3;
  transformColumns(from, stride, FIRST, 4 * width, rows, width >> 2, rowTables);
  transpose(FIRST, 4 * width, SECOND, 4 * height, height, width);
  transformColumns(SECOND, 4 * height, FIRST, 4 * height, columns, height >> 2, columnTables);
  transpose(FIRST, 4 * height, SECOND, 4 * width, width, height);
  const factor = f32x4.splat(decay);
  let spectrum = SECOND;
  for (let r = 0; r < rows; r++) {
    let i = 0;
    for (; i + 4 <= columns; i += 4) v128.store(residual + 4 * i, f32x4.add(f32x4.mul(factor, v128.load(residual + 4 * i)), v128.load(spectrum + 4 * i)));
    for (; i < columns; i++) store<f32>(residual + 4 * i, decay * load<f32>(residual + 4 * i) + load<f32>(spectrum + 4 * i));
    residual += 4 * columns;
    spectrum += 4 * width;
  }
}
