/**
 * Decimals and learning rates as whole multiples of 2^-48: exact on every machine, and small enough that each value
 * below 32 is also an exact double, so that the one rounding to float32 at the end is the only one.
 */
export const FRACTION_BITS = 48n;

/** The fixed-point one. */
export const UNIT = 1n << FRACTION_BITS;

/** `"0.002"` in units of 2^-48, rounded down; undefined for anything but plain digits with an optional fraction. */
export function parseDecimal(text: string): bigint | undefined {
  const match = /^(\d{1,6})(?:\.(\d{1,18}))?$/.exec(text);
  if (!match) return undefined;
  const fraction = match[2] ?? '';
  const scale = 10n ** BigInt(fraction.length);
  return (BigInt(match[1] + fraction) << FRACTION_BITS) / scale;
}

/** The float32 nearest to a fixed-point number below 32. */
export function toFloat32(units: bigint): number {
  return Math.fround(Number(units) / 2 ** 48);
}
