// Panels: `lanes` (4 or 8) neighbouring rows or columns of an operand, interleaved: for each step along the inner axis
// the lanes' numbers side by side. The last panel is filled up with zeros.

/** Lanes lie side by side in memory: source[step][lane], rows of `stride` numbers. */
export function packColumns(source: usize, stride: i32, count: i32, depth: i32, target: usize, lanes: i32): void {
  for (let lane = 0; lane < count; lane += lanes) {
    let from = source + 4 * lane;
    if (count - lane >= lanes) {
      for (let p = 0; p < depth; p++) {
        v128.store(target, v128.load(from));
        if (lanes == 8) v128.store(target, v128.load(from, 16), 16);
        from += 4 * stride;
        target += 4 * lanes;
      }
    } else {
      const bytes = 4 * (count - lane);
      for (let p = 0; p < depth; p++) {
        memory.fill(target, 0, 4 * lanes);
        memory.copy(target, from, bytes);
        from += 4 * stride;
        target += 4 * lanes;
      }
    }
  }
}

/** Lanes lie one below the other: source[lane][step], rows of `stride` numbers. */
export function packRows(source: usize, stride: i32, count: i32, depth: i32, target: usize, lanes: i32): void {
  for (let lane = 0; lane < count; lane += lanes) {
    for (let four = 0; four < lanes; four += 4) interleave(source + 4 * (lane + four) * stride, 4 * stride, min(count - lane - four, 4), depth, target + 4 * four, 4 * lanes);
    target += 4 * lanes * depth;
  }
}

/** Four rows (or fewer, or none, filled up with zeros) as columns; rows of the target are `step` bytes apart. */
function interleave(row0: usize, stride: usize, rows: i32, depth: i32, target: usize, step: usize): void {
  const zero = f32x4.splat(0);
  if (rows < 4) {
    for (let p = 0; p < depth; p++) {
      v128.store(target, zero);
      for (let r = 0; r < rows; r++) store<f32>(target + 4 * r, load<f32>(row0 + <usize>r * stride));
      row0 += 4;
      target += step;
    }
    return;
  }
  let row1 = row0 + stride;
  let row2 = row1 + stride;
  let row3 = row2 + stride;
  let p = 0;
  for (; p + 4 <= depth; p += 4) {
    const a = v128.load(row0);
    const b = v128.load(row1);
    const c = v128.load(row2);
    const d = v128.load(row3);
    const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
    v128.store(target + step, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7));
    v128.store(target + 2 * step, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
    v128.store(target + 3 * step, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
    row0 += 16;
    row1 += 16;
    row2 += 16;
    row3 += 16;
    target += 4 * step;
  }
  for (; p < depth; p++) {
    store<f32>(target, load<f32>(row0));
    store<f32>(target, load<f32>(row1), 4);
    store<f32>(target, load<f32>(row2), 8);
    store<f32>(target, load<f32>(row3), 12);
    row0 += 4;
    row1 += 4;
    row2 += 4;
    row3 += 4;
    target += step;
  }
}
