/** Exponents that the wire format has room for. */
export const LEAST_EXPONENT = -128;
export const MOST_EXPONENT = 127;

const words = new Int32Array(1);
const float = new Float32Array(words.buffer);
const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);

/** 2^e for whole e from −1022 to 1023, without `Math.pow`, which the standard leaves to each engine. */
export function powerOfTwo(e: number): number {
  halves[0] = 0;
  halves[1] = (e + 1023) << 20;
  return double[0];
}

/** floor(log2 |x|) of a normal float32; −127 for anything smaller. */
export function exponentOf(x: number): number {
  float[0] = x;
  return ((words[0] >>> 23) & 255) - 127;
}

/**
 * Writes one sign per coefficient.
 * @param coefficients of one chunk
 */
export function quantizeSigns(coefficients: Float32Array, values: Int16Array): void {
  for (let i = 0; i < coefficients.length; i++) values[i] = coefficients[i] < 0 ? -1 : 1;
}

/**
 * Writes each coefficient as a multiple of 2^e of at most 15 bits and a sign, rounded to the nearest, with the
 * smallest e that holds the largest of them.
 * @returns e
 */
export function quantizeValues(coefficients: Float32Array, values: Int16Array): number {
  const peak = largestMagnitude(coefficients);
  let e = Math.max(LEAST_EXPONENT, exponentOf(peak) - 14);
  if (Math.round(peak * powerOfTwo(-e)) > 32_767) e++;
  const scale = powerOfTwo(-e);
  for (let i = 0; i < coefficients.length; i++) values[i] = Math.round(coefficients[i] * scale);
  return e;
}

/**
 * Writes each coefficient as −3, −1, 1 or 3 times 2^e, with the e of the least squared error; of equals the smaller.
 * @returns e
 */
export function quantizeLevels(coefficients: Float32Array, values: Int16Array): number {
  const top = exponentOf(largestMagnitude(coefficients));
  let best = Infinity;
  let e = LEAST_EXPONENT;
  for (let candidate = Math.max(LEAST_EXPONENT, top - 3); candidate <= Math.max(LEAST_EXPONENT, top); candidate++) {
    const unit = powerOfTwo(candidate);
    let error = 0;
    for (let i = 0; i < coefficients.length; i++) {
      const magnitude = Math.abs(coefficients[i]);
      const difference = magnitude - (magnitude < 2 * unit ? unit : 3 * unit);
      error += difference * difference;
    }
    if (error < best) {
      best = error;
      e = candidate;
    }
  }
  const limit = 2 * powerOfTwo(e);
  for (let i = 0; i < coefficients.length; i++) {
    const level = Math.abs(coefficients[i]) < limit ? 1 : 3;
    values[i] = coefficients[i] < 0 ? -level : level;
  }
  return e;
}

function largestMagnitude(values: Float32Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}
