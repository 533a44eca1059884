import { MAX_TOTAL, type RangeDecoder, type RangeEncoder } from './range-coder.js';

/**
 * A set of n positions below `size`, coded in log2 C(size, n) bits but for rounding: the range is halved again and
 * again, and each time it is told how many of the positions lie in the lower half, with the probabilities of a set
 * drawn at random. Where one position is left it is told outright. Works for any n and size up to 65,536.
 */
export function encodePositions(encoder: RangeEncoder, positions: Uint16Array, from: number, to: number, low: number, size: number): void {
  const n = to - from;
  if (n === 0 || n === size) return;
  if (n === 1) {
    encoder.encode(positions[from] - low, 1, size);
    return;
  }
  const lower = lowerPart(size);
  let middle = from;
  while (middle < to && positions[middle] < low + lower) middle++;
  const split = splitTable(lower, size - lower, n);
  const symbol = middle - from - split.least;
  encoder.encode(split.starts[symbol], split.starts[symbol + 1] - split.starts[symbol], MAX_TOTAL);
  encodePositions(encoder, positions, from, middle, low, lower);
  encodePositions(encoder, positions, middle, to, low + lower, size - lower);
}

/** Fills `positions[from..to)`, ascending and distinct whatever the bytes are. */
export function decodePositions(decoder: RangeDecoder, positions: Uint16Array, from: number, to: number, low: number, size: number): void {
  const n = to - from;
  if (n === 0) return;
  if (n === size) {
    for (let i = 0; i < n; i++) positions[from + i] = low + i;
    return;
  }
  if (n === 1) {
    positions[from] = low + decoder.uniform(size);
    return;
  }
  const lower = lowerPart(size);
  const { starts, least } = splitTable(lower, size - lower, n);
  const slot = decoder.peek(MAX_TOTAL);
  let symbol = 0;
  while (starts[symbol + 1] <= slot) symbol++;
  decoder.consume(starts[symbol], starts[symbol + 1] - starts[symbol], MAX_TOTAL);
  const middle = from + least + symbol;
  decodePositions(decoder, positions, from, middle, low, lower);
  decodePositions(decoder, positions, middle, to, low + lower, size - lower);
}

/** The largest power of two below `size`, so that few different splits, and tables, occur. */
function lowerPart(size: number): number {
  return 2 ** (31 - Math.clz32(size - 1));
}

interface SplitTable {
  /** Fewest positions that the lower part can hold. */
  readonly least: number;
  /** Symbol s (least + s positions in the lower part) owns [starts[s], starts[s+1]) of {@link MAX_TOTAL}. */
  readonly starts: Uint32Array;
}

const tables = new Map<number, SplitTable>();

/** How n random positions fall into parts of two sizes (hypergeometric), as frequencies of at least 1. */
function splitTable(lower: number, upper: number, n: number): SplitTable {
  const key = (lower * 65_537 + upper) * 65_537 + n;
  let table = tables.get(key);
  if (!table) tables.set(key, (table = buildSplit(lower, upper, n)));
  return table;
}

function buildSplit(lower: number, upper: number, n: number): SplitTable {
  const least = Math.max(0, n - upper);
  const most = Math.min(n, lower);
  // C(lower, j)·C(upper, n−j) up to a common factor; every division below leaves no remainder.
  const weights: bigint[] = [];
  let weight = choose(lower, least) * choose(upper, n - least);
  let sum = 0n;
  for (let j = least; j <= most; j++) {
    weights.push(weight);
    sum += weight;
    weight = (weight * BigInt(lower - j) * BigInt(n - j)) / (BigInt(j + 1) * BigInt(upper - n + j + 1));
  }
  const spare = BigInt(MAX_TOTAL - weights.length);
  const sizes = weights.map((w) => 1 + Number((w * spare) / sum));
  const peak = sizes.indexOf(Math.max(...sizes));
  sizes[peak] += MAX_TOTAL - sizes.reduce((a, b) => a + b, 0);
  const starts = new Uint32Array(sizes.length + 1);
  sizes.forEach((size, i) => (starts[i + 1] = starts[i] + size));
  return { least, starts };
}

function choose(n: number, k: number): bigint {
  let value = 1n;
  for (let i = 1; i <= Math.min(k, n - k); i++) value = (value * BigInt(n - i + 1)) / BigInt(i);
  return value;
}
