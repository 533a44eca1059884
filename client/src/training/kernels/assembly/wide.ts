// DisTrO's exact step where values are sent, not signs: the inverse DCT on whole numbers in doubles, exact below 2^53.
import { moveParameters } from './move';

/** Rows of the spectrum spread along the columns, f64: up to 128 even ones of up to 256 numbers, odd ones behind them. */
const LINES: usize = memory.data(524288, 16);
const ODD_LINES: usize = LINES + 262144;
/** Which row of the spectrum each line is. */
const ROWS: usize = memory.data(1024, 16);
const ODD_ROWS: usize = ROWS + 512;
/** Their weights in one row of the image, f64. */
const FACTORS: usize = memory.data(2048, 16);
const ODD_FACTORS: usize = FACTORS + 1024;

/**
 * Moves the parameters of `count` chunks that lie side by side.
 * @param parameters f32, rows of `stride` bytes; chunk c begins `4 · columns · c` bytes into each
 * @param votes f64, chunk after chunk: the sums of all members' values
 * @param down,across the integer bases of the rows' and columns' lengths, f64, rows padded to multiples of four
 */
export function voteWideChunks(parameters: usize, stride: usize, count: i32, rows: i32, columns: i32, votes: usize, down: usize, across: usize, learningRate: f32, decay: f32): void {
  for (let c = 0; c < count; c++) {
    let even = 0;
    let odd = 0;
    for (let u = 0; u < rows; u++) {
      if (u & 1) {
        if (spread(votes, columns, across, ODD_LINES, odd)) store<i32>(ODD_ROWS + 4 * odd++, u);
      } else if (spread(votes, columns, across, LINES, even)) {
        store<i32>(ROWS + 4 * even++, u);
      }
      votes += 8 * columns;
    }
    move(parameters + 4 * columns * c, stride, rows, columns, down, even, odd, learningRate, decay);
  }
}

/** Writes one row of the spectrum, spread along the columns, as line `index`; false where it has no votes. */
function spread(votes: usize, columns: i32, across: usize, lines: usize, index: i32): bool {
  const bytes: usize = <usize>8 * ((columns + 3) & ~3);
  const line = lines + bytes * index;
  let any = false;
  for (let v = 0; v < columns; v++) {
    const vote = load<f64>(votes + 8 * v);
    if (vote == 0) continue;
    const factor = f64x2.splat(vote);
    const cosines = across + bytes * v;
    if (any) for (let j: usize = 0; j < bytes; j += 16) v128.store(line + j, f64x2.add(v128.load(line + j), f64x2.mul(factor, v128.load(cosines + j))));
    else for (let j: usize = 0; j < bytes; j += 16) v128.store(line + j, f64x2.mul(factor, v128.load(cosines + j)));
    any = true;
  }
  return any;
}

/** The image row by row with its mirror: of even rows of the spectrum both have the same, of odd ones the opposite. */
function move(parameters: usize, stride: usize, rows: i32, columns: i32, down: usize, even: i32, odd: i32, learningRate: f32, decay: f32): void {
  const height = (rows + 3) & ~3;
  const bytes: usize = <usize>8 * ((columns + 3) & ~3);
  const near = (rows + 1) >> 1;
  for (let i = 0; i < near; i++) {
    for (let l = 0; l < even; l++) store<f64>(FACTORS + 8 * l, load<f64>(down + 8 * <usize>(load<i32>(ROWS + 4 * l) * height + i)));
    for (let l = 0; l < odd; l++) store<f64>(ODD_FACTORS + 8 * l, load<f64>(down + 8 * <usize>(load<i32>(ODD_ROWS + 4 * l) * height + i)));
    const mirror = rows - 1 - i;
    const to = parameters + stride * i;
    const opposite = parameters + stride * mirror;
    for (let j = 0; j < columns; j += 4) {
      let a0 = f64x2.splat(0);
      let a1 = f64x2.splat(0);
      let at = LINES + 8 * j;
      for (let l = 0; l < even; l++) {
        const factor = v128.load64_splat(FACTORS + 8 * l);
        a0 = f64x2.add(a0, f64x2.mul(factor, v128.load(at)));
        a1 = f64x2.add(a1, f64x2.mul(factor, v128.load(at, 16)));
        at += bytes;
      }
      let b0 = f64x2.splat(0);
      let b1 = f64x2.splat(0);
      at = ODD_LINES + 8 * j;
      for (let l = 0; l < odd; l++) {
        const factor = v128.load64_splat(ODD_FACTORS + 8 * l);
        b0 = f64x2.add(b0, f64x2.mul(factor, v128.load(at)));
        b1 = f64x2.add(b1, f64x2.mul(factor, v128.load(at, 16)));
        at += bytes;
      }
      moveBySign(to + 4 * j, f64x2.add(a0, b0), f64x2.add(a1, b1), columns - j, learningRate, decay);
      if (mirror != i) moveBySign(opposite + 4 * j, f64x2.sub(a0, b0), f64x2.sub(a1, b1), columns - j, learningRate, decay);
    }
  }
}

// @ts-ignore: decorator
@inline
function moveBySign(at: usize, low: v128, high: v128, lanes: i32, learningRate: f32, decay: f32): void {
  const none = f64x2.splat(0);
  const positive = v128.shuffle<i32>(f64x2.gt(low, none), f64x2.gt(high, none), 0, 2, 4, 6);
  const zero = v128.shuffle<i32>(f64x2.eq(low, none), f64x2.eq(high, none), 0, 2, 4, 6);
  moveParameters(at, positive, zero, lanes, learningRate, decay);
}
