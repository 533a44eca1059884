import { decodeCells, encodeCells } from './cells';
import { decodeExponent, decodeLevel, decodeSigns, decodeValue, encodeExponent, encodeLevel, encodeSigns, encodeValue } from './values';

/** Cells of one chunk, and one bit per cell for sorting many. */
const CELLS: usize = memory.data(131072, 16);
const MARKED: usize = memory.data(8192, 16);
/** Up to this many cells are sorted by insertion. */
const FEW: i32 = 24;

/**
 * Codes `count` chunks cut alike.
 * @param positions u16, `values` i16: k per chunk; exponents i8: one per chunk, not read where bits is 1
 */
export function encodeChunks(contexts: usize, positions: usize, values: usize, exponents: usize, count: i32, rows: i32, columns: i32, k: i32, bits: i32): void {
  for (let c = 0; c < count; c++) {
    for (let i = 0; i < k; i++) {
      const position = <u32>load<u16>(positions + 2 * i);
      const row = position / <u32>columns;
      store<u16>(CELLS + 2 * i, <u16>((row << 8) | (position - row * columns)));
    }
    encodeCells(contexts, CELLS, CELLS + 2 * k, 0, 0, rows, columns, 1);
    if (bits == 1) {
      encodeSigns(values, k);
    } else {
      encodeExponent(contexts, load<i8>(exponents + c));
      if (bits == 2) for (let i = 0; i < k; i++) encodeLevel(contexts, load<i16>(values + 2 * i));
      else for (let i = 0; i < k; i++) encodeValue(contexts, load<i16>(values + 2 * i));
    }
    positions += 2 * k;
    values += 2 * k;
  }
}

/** The inverse: fills what {@link encodeChunks} reads. */
export function decodeChunks(contexts: usize, positions: usize, values: usize, exponents: usize, count: i32, rows: i32, columns: i32, k: i32, bits: i32): void {
  for (let c = 0; c < count; c++) {
    decodeCells(contexts, positions, positions + 2 * k, 0, 0, rows, columns, 1);
    // Ascending as cells is ascending as positions.
    if (k <= FEW) sortFew(positions, k);
    else if (k < rows * columns) sortMany(positions, k);
    for (let i = 0; i < k; i++) {
      const cell = <i32>load<u16>(positions + 2 * i);
      store<u16>(positions + 2 * i, <u16>((cell >> 8) * columns + (cell & 255)));
    }
    if (bits == 1) {
      decodeSigns(values, k);
    } else {
      store<i8>(exponents + c, <i8>decodeExponent(contexts));
      if (bits == 2) for (let i = 0; i < k; i++) store<i16>(values + 2 * i, <i16>decodeLevel(contexts));
      else for (let i = 0; i < k; i++) store<i16>(values + 2 * i, <i16>decodeValue(contexts));
    }
    positions += 2 * k;
    values += 2 * k;
  }
}

function sortFew(cells: usize, k: i32): void {
  for (let i = 1; i < k; i++) {
    const cell = load<u16>(cells + 2 * i);
    let j = i - 1;
    for (; j >= 0 && load<u16>(cells + 2 * j) > cell; j--) store<u16>(cells + 2 * j, load<u16>(cells + 2 * j), 2);
    store<u16>(cells + 2 * j, cell, 2);
  }
}

function sortMany(cells: usize, k: i32): void {
  memory.fill(MARKED, 0, 8192);
  for (let i = 0; i < k; i++) {
    const cell = <usize>load<u16>(cells + 2 * i);
    const at = MARKED + ((cell >> 6) << 3);
    store<u64>(at, load<u64>(at) | ((<u64>1) << (cell & 63)));
  }
  for (let w: usize = 0; w < 1024; w++) {
    let word = load<u64>(MARKED + (w << 3));
    while (word) {
      store<u16>(cells, <u16>((w << 6) + <usize>ctz(word)));
      word &= word - 1;
      cells += 2;
    }
  }
}
