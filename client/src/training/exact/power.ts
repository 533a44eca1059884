/** Bits of fraction while powers are formed: the rounding down of some sixty products stays far below a double's last bit. */
const BITS = 160n;
const ONE = 1n << BITS;

/**
 * `base^exponent` in units of 2^-160 for a base from 0 to 1 in units of 2^-48, by squaring in whole numbers, each product
 * rounded down. `Math.pow` is left to each JavaScript engine by the standard; this is the same everywhere.
 */
export function power(base: bigint, exponent: number): bigint {
  let square = base << (BITS - 48n);
  let result = ONE;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * square) >> BITS;
    square = (square * square) >> BITS;
  }
  return result;
}

/** `1 − base^exponent` in units of 2^-160. */
export function oneMinusPower(base: bigint, exponent: number): bigint {
  return ONE - power(base, exponent);
}

/** The double nearest to `value·2^-bits`, but for the rounding down of `value` itself. */
export function toDouble(value: bigint, bits: number): number {
  return Number(value) / 2 ** bits;
}
