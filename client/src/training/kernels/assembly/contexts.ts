// What was seen so far in each context (optimizer/adaptive.ts): two u16 per context, the first symbols and all, behind a
// word that holds the exponent of the chunk before.

export const EXPONENT_CONTEXT: i32 = 0;
export const LEVEL_CONTEXT: i32 = 256;
export const LENGTH_CONTEXT: i32 = 257;
export const MANTISSA_CONTEXT: i32 = 273;
export const POSITION_CONTEXT: i32 = 337;
export const POSITION_NODES: i32 = 4096;
const HEADER: usize = 16;
const MOST_SEEN: u32 = 32767;

// @ts-ignore: decorator
@inline
export function probability(contexts: usize, context: i32, prior: u32, part: u32, whole: u32): u32 {
  const at = contexts + HEADER + 4 * context;
  const first = <u32>load<u16>(at);
  const seen = <u32>load<u16>(at, 2);
  // Halves, as nearly always: the same number by a division of 32 bits.
  if (2 * part == whole) return ((2 * first + prior) << 15) / (seen + prior);
  return <u32>((((<u64>first) * whole + <u64>prior * part) << 16) / ((<u64>(seen + prior)) * whole));
}

// @ts-ignore: decorator
@inline
export function count(contexts: usize, context: i32, first: u32, n: u32): void {
  if (n > MOST_SEEN) return;
  const at = contexts + HEADER + 4 * context;
  let a = <u32>load<u16>(at);
  let b = <u32>load<u16>(at, 2);
  while (b + n > MOST_SEEN) {
    a >>= 1;
    b >>= 1;
  }
  store<u16>(at, <u16>(a + first));
  store<u16>(at, <u16>(b + n), 2);
}
