/** Bits of fraction in this module's numbers: far more than any table keeps, so that rounding is never in doubt. */
const BITS = 160n;
const ONE = 1n << BITS;

// π to 60 decimals, cut off; its error of 10^-60 is below 2^-160.
const PI = (3141592653589793238462643383279502884197169399375105820974944n * ONE) / 10n ** 60n;

/**
 * cos(π·p/q) in units of 2^-160, by its series in whole numbers. `Math.cos` is left to each JavaScript engine by the
 * standard and may differ between them; this cannot.
 */
export function cosinePi(p: number, q: number): bigint {
  // Reduced to the first quarter, where the series needs no cancellation.
  let r = BigInt(p) % BigInt(2 * q);
  if (r < 0n) r += BigInt(2 * q);
  if (r > BigInt(q)) r = BigInt(2 * q) - r;
  const negative = 2n * r > BigInt(q);
  if (negative) r = BigInt(q) - r;
  const x = (PI * r) / BigInt(q);
  const square = (x * x) >> BITS;
  let term = ONE;
  let sum = ONE;
  for (let n = 1n; term !== 0n; n++) {
    term = (term * square) >> BITS;
    term /= (2n * n - 1n) * (2n * n);
    sum += n % 2n === 1n ? -term : term;
  }
  return negative ? -sum : sum;
}

/** Rounds `value` (2^-160) times `factor` to the nearest whole number. */
export function roundScaled(value: bigint, factor: bigint): bigint {
  const product = value * factor;
  const half = ONE >> 1n;
  return product >= 0n ? (product + half) >> BITS : -((-product + half) >> BITS);
}

/** floor(√n) of a whole number. */
export function squareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
