/**
 * Logarithm, exponential, sine and cosine from additions, products and quotients alone. The standard leaves `Math.cos`
 * and its kin to each JavaScript engine; these give the same bits in all of them, so that the reproducible profile
 * holds between Node versions too. Errors stay below 1e-15 of the result, or of 1 for sine and cosine.
 */
const LN2 = 0.6931471805599453;
/** ln 2 and π/2 in a part of few bits, whose multiples are exact, and the rest. */
const LN2_HIGH = 0.693147180369123816490;
const LN2_LOW = 1.90821492927058770002e-10;
const HALF_PI = 1.5707963267948966;
const HALF_PI_HIGH = 1.57079632673412561417;
const HALF_PI_LOW = 6.07710050650619224932e-11;

/** Natural logarithm of a positive finite number. */
export function ln(x: number): number {
  let exponent = 0;
  let mantissa = x;
  for (; mantissa > Math.SQRT2; exponent++) mantissa /= 2;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2;
  // ln m = 2·artanh((m − 1)/(m + 1)), whose argument is at most 0.172
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = sum * square + 1 / k;
  return exponent * LN2 + 2 * s * sum;
}

/** e^x for |x| ≤ 700. */
export function exp(x: number): number {
  const k = Math.round(x / LN2);
  const rest = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let i = 16; i >= 1; i--) sum = 1 + (sum * rest) / i;
  let scale = 1;
  for (let i = 0; i < Math.abs(k); i++) scale *= k > 0 ? 2 : 0.5;
  return sum * scale;
}

/** Cosine and sine of |x| ≤ 2^20. */
export function cosineAndSine(x: number): [cosine: number, sine: number] {
  const quarter = Math.round(x / HALF_PI);
  const rest = x - quarter * HALF_PI_HIGH - quarter * HALF_PI_LOW;
  const square = rest * rest;
  let cosine = 1;
  let sine = 1;
  for (let k = 18; k >= 2; k -= 2) {
    cosine = 1 - (cosine * square) / (k * (k - 1));
    sine = 1 - (sine * square) / (k * (k + 1));
  }
  sine *= rest;
  const turned: [number, number][] = [[cosine, sine], [-sine, cosine], [-cosine, -sine], [sine, -cosine]];
  return turned[((quarter % 4) + 4) % 4];
}
