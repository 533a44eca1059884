// The exact step of DisTrO (optimizer/apply.ts): votes summed, inverse DCT in 32-bit integers, parameters moved by its sign.
import { Image } from './inverse';

/** Votes by position, and which of a row's columns have some: zeros again after every chunk. */
const VOTES: usize = memory.data(262144, 16);
const TOUCHED: usize = memory.data(8192, 16);

/**
 * Moves the parameters of `count` chunks that lie side by side.
 * @param parameters f32, rows of `stride` bytes; chunk c begins `4 · columns · c` bytes into each
 * @param positions u16, `values` i16: of each member `count · k`
 * @param down,across the integer bases of the rows' and columns' lengths, i32, rows padded to multiples of four
 */
export function voteChunks(parameters: usize, stride: usize, count: i32, rows: i32, columns: i32, k: i32, members: i32, positions: usize, values: usize, down: usize, across: usize, peak: i32, learningRate: f32, decay: f32): void {
  const shift = (columns & (columns - 1)) == 0 ? <i32>ctz(columns) : -1;
  const perMember = <usize>(count * k);
  for (let c = 0; c < count; c++) {
    for (let m = 0; m < members; m++) {
      const first = <usize>m * perMember + <usize>(c * k);
      for (let i = first; i < first + k; i++) {
        const position = <u32>load<u16>(positions + 2 * i);
        const row = shift >= 0 ? position >> shift : position / <u32>columns;
        const column = position - row * columns;
        const vote = VOTES + 4 * <usize>position;
        store<i32>(vote, load<i32>(vote) + load<i16>(values + 2 * i));
        const touched = TOUCHED + 32 * <usize>row + 8 * <usize>(column >> 6);
        store<u64>(touched, load<u64>(touched) | ((<u64>1) << (column & 63)));
      }
    }
    Image.begin(rows, columns, peak, down);
    for (let u = 0; u < rows; u++) expandRow(u, columns, across);
    Image.move(parameters + 4 * columns * c, stride, learningRate, decay);
  }
}

/** One row of the spectrum along the columns, where it has votes; these and their marks become zeros. */
function expandRow(u: i32, columns: i32, across: usize): void {
  const touched = TOUCHED + 32 * <usize>u;
  if (!v128.any_true(v128.or(v128.load(touched), v128.load(touched, 16)))) return;
  const width = (columns + 3) & ~3;
  let line: usize = 0;
  let weight = 0;
  for (let w = 0; w < 4; w++) {
    let word = load<u64>(touched + 8 * w);
    store<u64>(touched + 8 * w, 0);
    while (word) {
      const v = 64 * w + <i32>ctz(word);
      word &= word - 1;
      const at = VOTES + 4 * <usize>(u * columns + v);
      const vote = load<i32>(at);
      if (vote == 0) continue;
      store<i32>(at, 0);
      weight += abs(vote);
      const factor = i32x4.splat(vote);
      const cosines = across + 4 * <usize>(v * width);
      if (line == 0) {
        line = Image.line();
        for (let j = 0; j < 4 * width; j += 16) v128.store(line + j, i32x4.mul(factor, v128.load(cosines + j)));
      } else {
        for (let j = 0; j < 4 * width; j += 16) v128.store(line + j, i32x4.add(v128.load(line + j), i32x4.mul(factor, v128.load(cosines + j))));
      }
    }
  }
  if (line != 0) Image.add(u, weight);
}
