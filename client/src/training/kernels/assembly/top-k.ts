// The k largest magnitudes of a chunk, of equals the lower position, as optimizer/top-k.ts chooses them.

/** The best so far with the worst on top: magnitudes and positions. */
const MAGNITUDES: usize = memory.data(262144, 16);
const POSITIONS: usize = memory.data(262144, 16);
/** One bit per position of a chunk of at most 65,536. */
const CHOSEN: usize = memory.data(8192, 16);

/** Writes positions (u16, ascending) and coefficients (f32) of the k largest of `n` values, and sets these to zero. */
export function takeLargest(values: usize, n: i32, k: i32, positions: usize, coefficients: usize): void {
  if (k == n) {
    for (let i = 0; i < n; i++) store<u16>(positions + 2 * i, <u16>i);
    memory.copy(coefficients, values, 4 * n);
    memory.fill(values, 0, 4 * n);
    return;
  }
  choose(values, n, k);
  const words = (n + 63) >> 6;
  memory.fill(CHOSEN, 0, 8 * words);
  for (let i = 0; i < k; i++) {
    const p = load<i32>(POSITIONS + 4 * i);
    const at = CHOSEN + 8 * (p >> 6);
    store<u64>(at, load<u64>(at) | ((<u64>1) << (p & 63)));
  }
  for (let w = 0; w < words; w++) {
    let bits = load<u64>(CHOSEN + 8 * w);
    while (bits) {
      const p = 64 * w + <i32>ctz(bits);
      bits &= bits - 1;
      store<u16>(positions, <u16>p);
      store<f32>(coefficients, load<f32>(values + 4 * p));
      store<f32>(values + 4 * p, 0);
      positions += 2;
      coefficients += 4;
    }
  }
}

function choose(values: usize, n: i32, k: i32): void {
  for (let i = 0; i < k; i++) {
    store<f32>(MAGNITUDES + 4 * i, abs(load<f32>(values + 4 * i)));
    store<i32>(POSITIONS + 4 * i, i);
  }
  for (let i = (k >> 1) - 1; i >= 0; i--) sink(i, k);
  let i = k;
  for (; i < n && (i & 3) != 0; i++) offer(abs(load<f32>(values + 4 * i)), i, k);
  let least = f32x4.splat(load<f32>(MAGNITUDES));
  for (; i + 4 <= n; i += 4) {
    // Hardly ever true once the heap has seen some values.
    if (v128.any_true(f32x4.gt(f32x4.abs(v128.load(values + 4 * i)), least))) {
      for (let lane = i; lane < i + 4; lane++) offer(abs(load<f32>(values + 4 * lane)), lane, k);
      least = f32x4.splat(load<f32>(MAGNITUDES));
    }
  }
  for (; i < n; i++) offer(abs(load<f32>(values + 4 * i)), i, k);
}

// @ts-ignore: decorator
@inline
function offer(magnitude: f32, position: i32, k: i32): void {
  if (magnitude > load<f32>(MAGNITUDES)) {
    store<f32>(MAGNITUDES, magnitude);
    store<i32>(POSITIONS, position);
    sink(0, k);
  }
}

/** Restores the heap below `at`; of equal magnitudes the higher position counts as the worse one. */
function sink(at: i32, length: i32): void {
  const magnitude = load<f32>(MAGNITUDES + 4 * at);
  const position = load<i32>(POSITIONS + 4 * at);
  while (true) {
    let child = 2 * at + 1;
    if (child >= length) break;
    const right = child + 1;
    if (right < length && worse(load<f32>(MAGNITUDES + 4 * right), load<i32>(POSITIONS + 4 * right), load<f32>(MAGNITUDES + 4 * child), load<i32>(POSITIONS + 4 * child))) child = right;
    if (!worse(load<f32>(MAGNITUDES + 4 * child), load<i32>(POSITIONS + 4 * child), magnitude, position)) break;
    store<f32>(MAGNITUDES + 4 * at, load<f32>(MAGNITUDES + 4 * child));
    store<i32>(POSITIONS + 4 * at, load<i32>(POSITIONS + 4 * child));
    at = child;
  }
  store<f32>(MAGNITUDES + 4 * at, magnitude);
  store<i32>(POSITIONS + 4 * at, position);
}

// @ts-ignore: decorator
@inline
function worse(a: f32, positionA: i32, b: f32, positionB: i32): bool {
  return a < b || (a == b && positionA > positionB);
}
