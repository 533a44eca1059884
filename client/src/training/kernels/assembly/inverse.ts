// The second half of the integer inverse DCT: rows of the spectrum, already spread along the columns, down the rows.
// Even rows of the spectrum are alike in an image row and its mirror, odd ones opposite: half of the products suffice.

import { moveParameters } from './move';

/** Spread rows, i32: up to 256 of up to 256 numbers, even ones from the front, odd ones behind them. */
const LINES: usize = memory.data(524288, 16);
const ODD_LINES: usize = LINES + 262144;
/** Two rows in one as pairs of i16. */
const PAIRS: usize = memory.data(262144, 16);
const ODD_PAIRS: usize = PAIRS + 131072;
/** Which row of the spectrum each of the even and odd lines is. */
const ROWS: usize = memory.data(2048, 16);
const ODD_ROWS: usize = ROWS + 1024;
/** Weights of the lines in one row of the image: i32, or i16 in pairs. */
const FACTORS: usize = memory.data(2048, 16);
const ODD_FACTORS: usize = FACTORS + 1024;
const SPARE: usize = memory.data(1024, 16);

let rows: i32 = 0;
let columns: i32 = 0;
let width: i32 = 0;
let peak: i32 = 0;
let down: usize = 0;
let even: i32 = 0;
let odd: i32 = 0;
/** Whether all lines fit 16 bits. */
let narrow: bool = true;

export namespace Image {
  export function begin(height: i32, breadth: i32, most: i32, table: usize): void {
    rows = height;
    columns = breadth;
    width = (breadth + 3) & ~3;
    peak = most;
    down = table;
    even = 0;
    odd = 0;
    narrow = true;
  }

  /** Room for a line; it counts once it is added. */
  export function line(): usize {
    return SPARE;
  }

  /** Adds the line as row `u` of the spectrum; `weight` is the sum of its votes' magnitudes. */
  export function add(u: i32, weight: i32): void {
    if (weight * peak > 32767) narrow = false;
    if (u & 1) {
      memory.copy(ODD_LINES + 4 * <usize>(odd * width), SPARE, 4 * width);
      store<i32>(ODD_ROWS + 4 * odd, u);
      odd++;
    } else {
      memory.copy(LINES + 4 * <usize>(even * width), SPARE, 4 * width);
      store<i32>(ROWS + 4 * even, u);
      even++;
    }
  }

  /** Computes the image row by row with its mirror and moves the parameters by its sign. */
  export function move(parameters: usize, stride: usize, learningRate: f32, decay: f32): void {
    if (narrow) {
      pair(LINES, PAIRS, even);
      pair(ODD_LINES, ODD_PAIRS, odd);
    }
    const near = (rows + 1) >> 1;
    for (let i = 0; i < near; i++) {
      gatherFactors(ROWS, FACTORS, even, i);
      gatherFactors(ODD_ROWS, ODD_FACTORS, odd, i);
      const mirror = rows - 1 - i;
      const to = parameters + stride * i;
      const opposite: usize = mirror == i ? 0 : parameters + stride * mirror;
      for (let j = 0; j < columns; j += 4) {
        const alike = narrow ? sumPairs(PAIRS + 4 * j, FACTORS, (even + 1) >> 1) : sumLines(LINES + 4 * j, FACTORS, even);
        const other = narrow ? sumPairs(ODD_PAIRS + 4 * j, ODD_FACTORS, (odd + 1) >> 1) : sumLines(ODD_LINES + 4 * j, ODD_FACTORS, odd);
        const lanes = columns - j;
        moveBySign(to + 4 * j, i32x4.add(alike, other), lanes, learningRate, decay);
        if (opposite) moveBySign(opposite + 4 * j, i32x4.sub(alike, other), lanes, learningRate, decay);
      }
    }
  }
}

/** Joins lines 2p and 2p+1; the last one may be left without a partner. */
function pair(lines: usize, pairs: usize, count: i32): void {
  const mask = i32x4.splat(0xffff);
  const bytes = <usize>(4 * width);
  for (let p = 0; p < count; p += 2) {
    for (let j: usize = 0; j < bytes; j += 16) {
      let both = v128.and(v128.load(lines + j), mask);
      if (p + 1 < count) both = v128.or(both, i32x4.shl(v128.load(lines + bytes + j), 16));
      v128.store(pairs + j, both);
    }
    lines += 2 * bytes;
    pairs += bytes;
  }
}

/** The lines' weights in image row i; in pairs, as two i16 in one word, where lines are. */
function gatherFactors(indices: usize, factors: usize, count: i32, i: i32): void {
  const height = (rows + 3) & ~3;
  for (let l = 0; l < count; l++) {
    const factor = load<i32>(down + 4 * <usize>(load<i32>(indices + 4 * l) * height + i));
    if (!narrow) {
      store<i32>(factors + 4 * l, factor);
    } else if (l & 1) {
      store<i16>(factors + 2 * l, <i16>factor);
    } else {
      store<i32>(factors + 2 * l, factor & 0xffff);
    }
  }
}

// @ts-ignore: decorator
@inline
function sumPairs(pairs: usize, factors: usize, count: i32): v128 {
  let sum = i32x4.splat(0);
  const bytes = 4 * width;
  const end = factors + 4 * count;
  for (; factors < end; factors += 4) {
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(pairs), v128.load32_splat(factors)));
    pairs += bytes;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function sumLines(lines: usize, factors: usize, count: i32): v128 {
  let sum = i32x4.splat(0);
  const bytes = 4 * width;
  const end = factors + 4 * count;
  for (; factors < end; factors += 4) {
    sum = i32x4.add(sum, i32x4.mul(v128.load(lines), v128.load32_splat(factors)));
    lines += bytes;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function moveBySign(at: usize, image: v128, lanes: i32, learningRate: f32, decay: f32): void {
  const none = i32x4.splat(0);
  moveParameters(at, i32x4.gt_s(image, none), i32x4.eq(image, none), lanes, learningRate, decay);
}
