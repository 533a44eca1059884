// How n cells fall into two halves: optimizer/split.ts, whose words describe it.

const PEAK: u64 = 1 << 20;
const KEPT: u64 = 128;
const ODDS: u64 = 1024;
/** u32 per count. */
const WEIGHTS: usize = memory.data(262160, 16);

/** Distributions of few cells are kept: 64 bytes each for a key, the bounds, the total and eight weights. */
const FEW: i32 = 7;
const KEPT_ENTRIES: u32 = 2048;
const ENTRIES: usize = memory.data(131072, 16);

/** Where the weights of the last distribution are: u32 per count. */
export let weights: usize = 0;
export let least: i32 = 0;
export let most: i32 = 0;
export let first: i32 = 0;
export let last: i32 = 0;
export let total: u32 = 0;
export let escape: bool = false;

/** @param probability in units of 2^-16; its last six bits are replaced by their middle */
export function splitWeights(lower: i32, upper: i32, cells: i32, probability: u32): void {
  const p = (probability & ~63) + 32;
  if (cells > FEW) {
    compute(lower, upper, cells, p);
    weights = WEIGHTS;
    return;
  }
  const key = (((((<u64>lower) << 17) | upper) << 10) | (p >> 6)) * 8 + cells;
  const entry = ENTRIES + 64 * <usize>(((<u32>lower + 3 * <u32>upper) * 0x9e3779b1 + (p >> 6) * 8 + cells) % KEPT_ENTRIES);
  weights = entry + 32;
  if (load<u64>(entry) == key) {
    least = load<u8>(entry, 8);
    most = load<u8>(entry, 9);
    first = load<u8>(entry, 10);
    last = load<u8>(entry, 11);
    escape = load<u8>(entry, 12) != 0;
    total = load<u32>(entry, 16);
    return;
  }
  compute(lower, upper, cells, p);
  memory.copy(weights, WEIGHTS, 32);
  store<u64>(entry, key);
  store<u8>(entry, least, 8);
  store<u8>(entry, most, 9);
  store<u8>(entry, first, 10);
  store<u8>(entry, last, 11);
  store<u8>(entry, escape ? 1 : 0, 12);
  store<u32>(entry, total, 16);
}

function compute(lower: i32, upper: i32, cells: i32, p: u32): void {
  const a = <i64>lower;
  const b = <i64>upper;
  const n = <i64>cells;
  const fewest = max<i64>(0, n - b);
  const highest = min<i64>(n, a);
  const lowerOdds = <u64>p * b;
  const upperOdds = <u64>(65536 - p) * a;
  const larger = max(lowerOdds, upperOdds);
  const up = max<u64>(1, (lowerOdds * ODDS) / larger);
  const down = max<u64>(1, (upperOdds * ODDS) / larger);
  let mode = min(highest, max(fewest, (n * p) >> 16));
  while (mode < highest && <u64>((a - mode) * (n - mode)) * up > <u64>((mode + 1) * (b - n + mode + 1)) * down) mode++;
  while (mode > fewest && <u64>(mode * (b - n + mode)) * down > <u64>((a - mode + 1) * (n - mode + 1)) * up) mode--;
  store<u32>(WEIGHTS + 4 * <usize>mode, <u32>(PEAK / KEPT));
  let sum = <u32>(PEAK / KEPT);
  let j = mode;
  for (let w = PEAK; j < highest; j++) {
    w = (((w * <u64>((a - j) * (n - j))) / <u64>((j + 1) * (b - n + j + 1))) * up) / down;
    if (w < KEPT) break;
    store<u32>(WEIGHTS + 4 * <usize>(j + 1), <u32>(w / KEPT));
    sum += <u32>(w / KEPT);
  }
  last = <i32>j;
  j = mode;
  for (let w = PEAK; j > fewest; j--) {
    w = (((w * <u64>(j * (b - n + j))) / <u64>((a - j + 1) * (n - j + 1))) * down) / up;
    if (w < KEPT) break;
    store<u32>(WEIGHTS + 4 * <usize>(j - 1), <u32>(w / KEPT));
    sum += <u32>(w / KEPT);
  }
  first = <i32>j;
  least = <i32>fewest;
  most = <i32>highest;
  escape = first > least || last < most;
  total = sum + (escape ? 1 : 0);
}
