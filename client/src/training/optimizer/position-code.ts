import { POSITION_CONTEXT, POSITION_NODES, POSITION_PRIOR, type Contexts } from './adaptive.js';
import { splitWeights, spread } from './split.js';
import type { RangeDecoder, RangeEncoder } from './range-coder.js';

/**
 * A set of n cells of a rectangle, coded by halving the rectangle again and again, the longer side each time, and telling
 * how many of the cells lie in the lower half. The probabilities are those of a set drawn at random (hypergeometric), so
 * that a random set costs log2 C(size, n) bits but for rounding; in the upper levels their odds follow what earlier
 * chunks had, so that regions which are likelier cost less. Cells are row · 256 + column.
 */
export function encodeCells(encoder: RangeEncoder, contexts: Contexts, cells: Uint16Array, from: number, to: number, row: number, column: number, rows: number, columns: number, node: number): void {
  const n = to - from;
  const size = rows * columns;
  if (n === 0 || n === size) return;
  if (n === 1 && node >= POSITION_NODES) {
    encoder.encode(((cells[from] >> 8) - row) * columns + (cells[from] & 255) - column, 1, size);
    return;
  }
  const byRow = rows >= columns;
  const half = lowerPart(byRow ? rows : columns);
  const lower = half * (byRow ? columns : rows);
  const middle = byRow ? partition(cells, from, to, 8, row + half) : partition(cells, from, to, 0, column + half);
  const inLower = middle - from;
  const p = probability(contexts, node, lower, size);
  if (n === 1) {
    encoder.bit(inLower === 0, p);
  } else {
    const weights = splitWeights(lower, size - lower, n, coarse(p));
    if (inLower < spread.first || inLower > spread.last) {
      encoder.encode(spread.total - 1, 1, spread.total);
      encoder.encode(inLower - spread.least, 1, spread.most - spread.least + 1);
    } else {
      let start = 0;
      for (let j = spread.first; j < inLower; j++) start += weights[j];
      encoder.encode(start, weights[inLower], spread.total);
    }
  }
  if (node < POSITION_NODES) contexts.count(POSITION_CONTEXT + node, inLower, n);
  if (byRow) {
    encodeCells(encoder, contexts, cells, from, middle, row, column, half, columns, 2 * node);
    encodeCells(encoder, contexts, cells, middle, to, row + half, column, rows - half, columns, 2 * node + 1);
  } else {
    encodeCells(encoder, contexts, cells, from, middle, row, column, rows, half, 2 * node);
    encodeCells(encoder, contexts, cells, middle, to, row, column + half, rows, columns - half, 2 * node + 1);
  }
}

/**
 * Fills `cells[from..to)` with distinct cells of the rectangle, whatever the bytes are, in the order of the halving.
 * @returns false where a count was told in a way that the encoder never uses
 */
export function decodeCells(decoder: RangeDecoder, contexts: Contexts, cells: Uint16Array, from: number, to: number, row: number, column: number, rows: number, columns: number, node: number): boolean {
  const n = to - from;
  const size = rows * columns;
  if (n === 0) return true;
  if (n === size) {
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) cells[from + r * columns + c] = ((row + r) << 8) | (column + c);
    return true;
  }
  if (n === 1 && node >= POSITION_NODES) {
    const cell = decoder.uniform(size);
    const r = Math.floor(cell / columns);
    cells[from] = ((row + r) << 8) | (column + cell - r * columns);
    return true;
  }
  const byRow = rows >= columns;
  const half = lowerPart(byRow ? rows : columns);
  const lower = half * (byRow ? columns : rows);
  const p = probability(contexts, node, lower, size);
  let sound = true;
  let inLower: number;
  if (n === 1) {
    inLower = decoder.bit(p) ? 0 : 1;
  } else {
    const weights = splitWeights(lower, size - lower, n, coarse(p));
    const slot = decoder.peek(spread.total);
    if (spread.escape && slot === spread.total - 1) {
      decoder.consume(slot, 1, spread.total);
      inLower = spread.least + decoder.uniform(spread.most - spread.least + 1);
      sound = inLower < spread.first || inLower > spread.last;
    } else {
      inLower = spread.first;
      let start = 0;
      while (start + weights[inLower] <= slot) start += weights[inLower++];
      decoder.consume(start, weights[inLower], spread.total);
    }
  }
  if (node < POSITION_NODES) contexts.count(POSITION_CONTEXT + node, inLower, n);
  const middle = from + inLower;
  const low = byRow
    ? decodeCells(decoder, contexts, cells, from, middle, row, column, half, columns, 2 * node)
    : decodeCells(decoder, contexts, cells, from, middle, row, column, rows, half, 2 * node);
  const high = byRow
    ? decodeCells(decoder, contexts, cells, middle, to, row + half, column, rows - half, columns, 2 * node + 1)
    : decodeCells(decoder, contexts, cells, middle, to, row, column + half, rows, columns - half, 2 * node + 1);
  return sound && low && high;
}

function probability(contexts: Contexts, node: number, lower: number, size: number): number {
  return node < POSITION_NODES ? contexts.probability(POSITION_CONTEXT + node, POSITION_PRIOR, lower, size) : Math.floor((lower * 65_536) / size);
}

/** In steps of 2^-10, so that the kernel meets the same distributions again and need not compute them anew. */
function coarse(p: number): number {
  return (p & ~63) + 32;
}

/** The largest power of two below `side`. */
function lowerPart(side: number): number {
  return 2 ** (31 - Math.clz32(side - 1));
}

/** Moves the cells whose row (shift 8) or column (shift 0) is below `limit` to the front. @returns where the others begin */
function partition(cells: Uint16Array, from: number, to: number, shift: number, limit: number): number {
  let middle = from;
  for (let i = from; i < to; i++) {
    const cell = cells[i];
    if (((cell >> shift) & 255) >= limit) continue;
    cells[i] = cells[middle];
    cells[middle++] = cell;
  }
  return middle;
}
