// Signs, exponents, levels and values: optimizer/value-code.ts, whose words describe it.
import { count, EXPONENT_CONTEXT, LENGTH_CONTEXT, LEVEL_CONTEXT, MANTISSA_CONTEXT, probability } from './contexts';
import { decodeBit, decodeUniform, encode, encodeBit } from './range-coder';

const PRIOR: u32 = 2;
const MODELLED_BITS: i32 = 2;
const SIGNS: i32 = 16;

export function encodeSigns(values: usize, k: i32): void {
  for (let i = 0; i < k; i += SIGNS) {
    const n = min(SIGNS, k - i);
    let bits: u32 = 0;
    for (let b = 0; b < n; b++) if (load<i16>(values + 2 * (i + b)) < 0) bits |= 1 << b;
    encode(bits, 1, 1 << n);
  }
}

export function decodeSigns(values: usize, k: i32): void {
  for (let i = 0; i < k; i += SIGNS) {
    const n = min(SIGNS, k - i);
    const bits = decodeUniform(1 << n);
    for (let b = 0; b < n; b++) store<i16>(values + 2 * (i + b), <i16>(1 - 2 * <i32>((bits >> b) & 1)));
  }
}

export function encodeExponent(contexts: usize, exponent: i32): void {
  encodeTree(contexts, EXPONENT_CONTEXT, 8, (exponent - load<i32>(contexts) + 128) & 255);
  store<i32>(contexts, exponent);
}

export function decodeExponent(contexts: usize): i32 {
  const difference = decodeTree(contexts, EXPONENT_CONTEXT, 8) - 128;
  const exponent = ((load<i32>(contexts) + difference) << 24) >> 24;
  store<i32>(contexts, exponent);
  return exponent;
}

export function encodeLevel(contexts: usize, value: i32): void {
  encode(value < 0 ? 1 : 0, 1, 2);
  encodeChoice(contexts, LEVEL_CONTEXT, value == 3 || value == -3);
}

export function decodeLevel(contexts: usize): i32 {
  const negative = decodeUniform(2) == 1;
  const level = decodeChoice(contexts, LEVEL_CONTEXT) ? 3 : 1;
  return negative ? -level : level;
}

export function encodeValue(contexts: usize, value: i32): void {
  const magnitude = abs(value);
  const length = 32 - clz(magnitude);
  encodeTree(contexts, LENGTH_CONTEXT, 4, length);
  if (length == 0) return;
  const modelled = min(MODELLED_BITS, length - 1);
  const rest = length - 1 - modelled;
  encodeTree(contexts, MANTISSA_CONTEXT + 4 * length, modelled, (magnitude >> rest) & ((1 << modelled) - 1));
  encode(((magnitude & ((1 << rest) - 1)) << 1) | (value < 0 ? 1 : 0), 1, 2 << rest);
}

export function decodeValue(contexts: usize): i32 {
  const length = decodeTree(contexts, LENGTH_CONTEXT, 4);
  if (length == 0) return 0;
  const modelled = min(MODELLED_BITS, length - 1);
  const rest = length - 1 - modelled;
  const high = (1 << modelled) | decodeTree(contexts, MANTISSA_CONTEXT + 4 * length, modelled);
  const low = <i32>decodeUniform(2 << rest);
  const magnitude = (high << rest) | (low >> 1);
  return low & 1 ? -magnitude : magnitude;
}

function encodeTree(contexts: usize, base: i32, bits: i32, symbol: i32): void {
  let node = 1;
  for (let b = bits - 1; b >= 0; b--) {
    const second = (symbol >> b) & 1;
    encodeChoice(contexts, base + node, second == 1);
    node = 2 * node + second;
  }
}

function decodeTree(contexts: usize, base: i32, bits: i32): i32 {
  let node = 1;
  for (let b = 0; b < bits; b++) node = 2 * node + (decodeChoice(contexts, base + node) ? 1 : 0);
  return node - (1 << bits);
}

function encodeChoice(contexts: usize, context: i32, second: bool): void {
  encodeBit(second, probability(contexts, context, PRIOR, 1, 2));
  count(contexts, context, second ? 0 : 1, 1);
}

function decodeChoice(contexts: usize, context: i32): bool {
  const second = decodeBit(probability(contexts, context, PRIOR, 1, 2));
  count(contexts, context, second ? 0 : 1, 1);
  return second;
}
