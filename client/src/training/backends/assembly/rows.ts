// Moving and adding up whole rows, which the backend as shipped does number by number or by way of a copy.

/** Sums a tile of columns at a time, so that what is added to stays in the first-level cache. */
const TILE: i32 = 1024;

/**
 * out [columns] = sums over the rows of x [rows, columns]: in double precision, four rows at a time.
 * @param scratch 8 bytes for each of {@link TILE} columns
 */
export function sumRows(x: usize, rows: i32, columns: i32, out: usize, scratch: usize): void {
  for (let from = 0; from < columns; from += TILE) {
    const width = min(columns - from, TILE);
    memory.fill(scratch, 0, 8 * width);
    const stride: usize = 4 * columns;
    let row = x + 4 * from;
    let r = 0;
    for (; r + 4 <= rows; r += 4) {
      addFour(row, stride, width, scratch);
      row += 4 * stride;
    }
    for (; r < rows; r++) {
      for (let c = 0; c < width; c++) store<f64>(scratch + 8 * c, load<f64>(scratch + 8 * c) + <f64>load<f32>(row + 4 * c));
      row += stride;
    }
    for (let c = 0; c < width; c++) store<f32>(out + 4 * (from + c), <f32>load<f64>(scratch + 8 * c));
  }
}

/** sums[c] += (x[0][c] + x[1][c]) + (x[2][c] + x[3][c]) */
function addFour(row0: usize, stride: usize, width: i32, sums: usize): void {
  const row1 = row0 + stride;
  const row2 = row1 + stride;
  const row3 = row2 + stride;
  let c = 0;
  for (; c + 2 <= width; c += 2) {
    const at = <usize>(4 * c);
    const low = f64x2.add(promoted(row0 + at), promoted(row1 + at));
    const high = f64x2.add(promoted(row2 + at), promoted(row3 + at));
    v128.store(sums + 2 * at, f64x2.add(v128.load(sums + 2 * at), f64x2.add(low, high)));
  }
  if (c < width) {
    const at = <usize>(4 * c);
    const four = <f64>load<f32>(row0 + at) + <f64>load<f32>(row1 + at) + (<f64>load<f32>(row2 + at) + <f64>load<f32>(row3 + at));
    store<f64>(sums + 2 * at, load<f64>(sums + 2 * at) + four);
  }
}

// @ts-ignore: decorator
@inline
function promoted(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** Rows of `bytes` bytes by four nested loops: `sizeᵢ` steps of `stepᵢ` bytes in the source; the target is filled in order. */
export function moveRows(
  source: usize, target: usize, bytes: usize,
  size0: i32, step0: usize, size1: i32, step1: usize, size2: i32, step2: usize, size3: i32, step3: usize,
): void {
  for (let a = 0; a < size0; a++) {
    let from1 = source;
    for (let b = 0; b < size1; b++) {
      let from2 = from1;
      for (let c = 0; c < size2; c++) {
        let from3 = from2;
        for (let d = 0; d < size3; d++) {
          copyRow(target, from3, bytes);
          target += bytes;
          from3 += step3;
        }
        from2 += step2;
      }
      from1 += step1;
    }
    source += step0;
  }
}

/** target[i] = source[ids[i]], rows of `bytes` bytes. The ids were checked. */
export function gatherRows(source: usize, ids: usize, count: i32, bytes: usize, target: usize): void {
  for (let i = 0; i < count; i++) {
    copyRow(target, source + <usize>load<i32>(ids + 4 * i) * bytes, bytes);
    target += bytes;
  }
}

/** Rows as short as a head's are copied faster here than by the engine's own instruction, which is a call. */
function copyRow(target: usize, source: usize, bytes: usize): void {
  if (bytes > 512 || (bytes & 15) != 0) {
    memory.copy(target, source, bytes);
    return;
  }
  const end = source + bytes;
  while (source < end) {
    v128.store(target, v128.load(source));
    source += 16;
    target += 16;
  }
}
