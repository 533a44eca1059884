// Sets of cells by halving: optimizer/position-code.ts, whose words describe it.
import { count, POSITION_CONTEXT, POSITION_NODES, probability } from './contexts';
import { consume, decodeBit, decodeUniform, encode, encodeBit, peek, refuse } from './range-coder';
import { escape, first, last, least, most, splitWeights, total, weights } from './split';

const PRIOR: u32 = 32;

/** @param from,to pointers to u16 cells, row · 256 + column, which are reordered */
export function encodeCells(contexts: usize, from: usize, to: usize, row: i32, column: i32, rows: i32, columns: i32, node: i32): void {
  const n = <i32>((to - from) >> 1);
  const size = rows * columns;
  if (n == 0 || n == size) return;
  if (n == 1) {
    encodeCell(contexts, load<u16>(from), row, column, rows, columns, node);
    return;
  }
  const byRow = rows >= columns;
  const half = lowerPart(byRow ? rows : columns);
  const lower = half * (byRow ? columns : rows);
  const middle = byRow ? partition(from, to, 8, row + half) : partition(from, to, 0, column + half);
  const inLower = <i32>((middle - from) >> 1);
  const p = guess(contexts, node, lower, size);
  splitWeights(lower, size - lower, n, p);
  if (inLower < first || inLower > last) {
    encode(total - 1, 1, total);
    encode(inLower - least, 1, most - least + 1);
  } else {
    let start: u32 = 0;
    for (let j = first; j < inLower; j++) start += load<u32>(weights + 4 * j);
    encode(start, load<u32>(weights + 4 * inLower), total);
  }
  if (node < POSITION_NODES) count(contexts, POSITION_CONTEXT + node, inLower, n);
  if (byRow) {
    encodeCells(contexts, from, middle, row, column, half, columns, 2 * node);
    encodeCells(contexts, middle, to, row + half, column, rows - half, columns, 2 * node + 1);
  } else {
    encodeCells(contexts, from, middle, row, column, rows, half, 2 * node);
    encodeCells(contexts, middle, to, row, column + half, rows, columns - half, 2 * node + 1);
  }
}

/** Fills the cells from `from` to `to` with distinct ones, whatever the bytes are. */
export function decodeCells(contexts: usize, from: usize, to: usize, row: i32, column: i32, rows: i32, columns: i32, node: i32): void {
  const n = <i32>((to - from) >> 1);
  if (n == 0) return;
  const size = rows * columns;
  if (n == size) {
    for (let r = row; r < row + rows; r++) {
      for (let c = column; c < column + columns; c++) {
        store<u16>(from, <u16>((r << 8) | c));
        from += 2;
      }
    }
    return;
  }
  if (n == 1) {
    store<u16>(from, <u16>decodeCell(contexts, row, column, rows, columns, node));
    return;
  }
  const byRow = rows >= columns;
  const half = lowerPart(byRow ? rows : columns);
  const lower = half * (byRow ? columns : rows);
  const p = guess(contexts, node, lower, size);
  let inLower: i32;
  splitWeights(lower, size - lower, n, p);
  const slot = peek(total);
  if (escape && slot == total - 1) {
    consume(slot, 1, total);
    inLower = least + <i32>decodeUniform(most - least + 1);
    if (inLower >= first && inLower <= last) refuse();
  } else {
    inLower = first;
    let start: u32 = 0;
    let weight = load<u32>(weights + 4 * inLower);
    while (start + weight <= slot) {
      start += weight;
      inLower++;
      weight = load<u32>(weights + 4 * inLower);
    }
    consume(start, weight, total);
  }
  if (node < POSITION_NODES) count(contexts, POSITION_CONTEXT + node, inLower, n);
  const middle = from + 2 * inLower;
  if (byRow) {
    decodeCells(contexts, from, middle, row, column, half, columns, 2 * node);
    decodeCells(contexts, middle, to, row + half, column, rows - half, columns, 2 * node + 1);
  } else {
    decodeCells(contexts, from, middle, row, column, rows, half, 2 * node);
    decodeCells(contexts, middle, to, row, column + half, rows, columns - half, 2 * node + 1);
  }
}

/** The way of a single cell: one choice per level, and what no longer adapts at once. */
function encodeCell(contexts: usize, cell: i32, row: i32, column: i32, rows: i32, columns: i32, node: i32): void {
  const r = cell >> 8;
  const c = cell & 255;
  while (rows * columns > 1) {
    if (node >= POSITION_NODES) {
      encode((r - row) * columns + c - column, 1, rows * columns);
      return;
    }
    let inUpper: bool;
    if (rows >= columns) {
      const half = lowerPart(rows);
      inUpper = r >= row + half;
      choose(contexts, node, half, rows, inUpper);
      rows = inUpper ? rows - half : half;
      if (inUpper) row += half;
    } else {
      const half = lowerPart(columns);
      inUpper = c >= column + half;
      choose(contexts, node, half, columns, inUpper);
      columns = inUpper ? columns - half : half;
      if (inUpper) column += half;
    }
    node = 2 * node + (inUpper ? 1 : 0);
  }
}

// @ts-ignore: decorator
@inline
function choose(contexts: usize, node: i32, half: i32, side: i32, inUpper: bool): void {
  encodeBit(inUpper, probability(contexts, POSITION_CONTEXT + node, PRIOR, half, side));
  count(contexts, POSITION_CONTEXT + node, inUpper ? 0 : 1, 1);
}

/** @returns row · 256 + column */
function decodeCell(contexts: usize, row: i32, column: i32, rows: i32, columns: i32, node: i32): i32 {
  while (rows * columns > 1) {
    if (node >= POSITION_NODES) {
      const cell = <i32>decodeUniform(rows * columns);
      const r = cell / columns;
      return ((row + r) << 8) | (column + cell - r * columns);
    }
    const byRow = rows >= columns;
    const side = byRow ? rows : columns;
    const half = lowerPart(side);
    const inUpper = decodeBit(probability(contexts, POSITION_CONTEXT + node, PRIOR, half, side));
    count(contexts, POSITION_CONTEXT + node, inUpper ? 0 : 1, 1);
    const rest = inUpper ? side - half : half;
    const step = inUpper ? half : 0;
    if (byRow) {
      rows = rest;
      row += step;
    } else {
      columns = rest;
      column += step;
    }
    node = 2 * node + (inUpper ? 1 : 0);
  }
  return (row << 8) | column;
}

// @ts-ignore: decorator
@inline
function guess(contexts: usize, node: i32, lower: i32, size: i32): u32 {
  return node < POSITION_NODES ? probability(contexts, POSITION_CONTEXT + node, PRIOR, lower, size) : <u32>(((<u64>lower) << 16) / size);
}

// @ts-ignore: decorator
@inline
function lowerPart(side: i32): i32 {
  return 1 << (31 - clz(side - 1));
}

// @ts-ignore: decorator
@inline
function partition(from: usize, to: usize, shift: i32, limit: i32): usize {
  let middle = from;
  for (let at = from; at < to; at += 2) {
    const cell = <i32>load<u16>(at);
    if (((cell >> shift) & 255) >= limit) continue;
    store<u16>(at, load<u16>(middle));
    store<u16>(middle, <u16>cell);
    middle += 2;
  }
  return middle;
}
