import { EXPONENT_CONTEXT, LENGTH_CONTEXT, LEVEL_CONTEXT, MANTISSA_CONTEXT, VALUE_PRIOR, type Contexts } from './adaptive.js';
import type { RangeDecoder, RangeEncoder } from './range-coder.js';

/** Bits behind a magnitude's leading one whose probabilities adapt; the others are as good as random. */
const MODELLED_BITS = 2;
/** Signs that are told at once. */
const SIGNS = 16;

/** Signs of `values[from..to)`, one bit each. */
export function encodeSigns(encoder: RangeEncoder, values: Int16Array, from: number, to: number): void {
  for (let i = from; i < to; i += SIGNS) {
    const count = Math.min(SIGNS, to - i);
    let bits = 0;
    for (let b = 0; b < count; b++) if (values[i + b] < 0) bits |= 1 << b;
    encoder.encode(bits, 1, 1 << count);
  }
}

export function decodeSigns(decoder: RangeDecoder, values: Int16Array, from: number, to: number): void {
  for (let i = from; i < to; i += SIGNS) {
    const count = Math.min(SIGNS, to - i);
    const bits = decoder.uniform(1 << count);
    for (let b = 0; b < count; b++) values[i + b] = (bits >> b) & 1 ? -1 : 1;
  }
}

/** An exponent, by its difference from the one before: eight binary choices. */
export function encodeExponent(encoder: RangeEncoder, contexts: Contexts, exponent: number): void {
  encodeTree(encoder, contexts, EXPONENT_CONTEXT, 8, (exponent - contexts.exponent + 128) & 255);
  contexts.exponent = exponent;
}

export function decodeExponent(decoder: RangeDecoder, contexts: Contexts): number {
  const difference = decodeTree(decoder, contexts, EXPONENT_CONTEXT, 8) - 128;
  contexts.exponent = ((contexts.exponent + difference) << 24) >> 24;
  return contexts.exponent;
}

/** ±1 or ±3: the sign as it is, the level by its frequency so far. */
export function encodeLevel(encoder: RangeEncoder, contexts: Contexts, value: number): void {
  encoder.encode(value < 0 ? 1 : 0, 1, 2);
  encodeChoice(encoder, contexts, LEVEL_CONTEXT, value === 3 || value === -3);
}

export function decodeLevel(decoder: RangeDecoder, contexts: Contexts): number {
  const negative = decoder.uniform(2) === 1;
  const level = decodeChoice(decoder, contexts, LEVEL_CONTEXT) ? 3 : 1;
  return negative ? -level : level;
}

/** −32,767 to 32,767: the magnitude's length by its frequency so far, two bits behind the leading one likewise, the rest and the sign as they are. */
export function encodeValue(encoder: RangeEncoder, contexts: Contexts, value: number): void {
  const magnitude = Math.abs(value);
  const length = 32 - Math.clz32(magnitude);
  encodeTree(encoder, contexts, LENGTH_CONTEXT, 4, length);
  if (length === 0) return;
  const modelled = Math.min(MODELLED_BITS, length - 1);
  const rest = length - 1 - modelled;
  encodeTree(encoder, contexts, MANTISSA_CONTEXT + 4 * length, modelled, (magnitude >> rest) & ((1 << modelled) - 1));
  encoder.encode(((magnitude & ((1 << rest) - 1)) << 1) | (value < 0 ? 1 : 0), 1, 2 << rest);
}

export function decodeValue(decoder: RangeDecoder, contexts: Contexts): number {
  const length = decodeTree(decoder, contexts, LENGTH_CONTEXT, 4);
  if (length === 0) return 0;
  const modelled = Math.min(MODELLED_BITS, length - 1);
  const rest = length - 1 - modelled;
  const high = (1 << modelled) | decodeTree(decoder, contexts, MANTISSA_CONTEXT + 4 * length, modelled);
  const low = decoder.uniform(2 << rest);
  const magnitude = (high << rest) | (low >> 1);
  return low & 1 ? -magnitude : magnitude;
}

/** A number of `bits` bits, the highest first, each in the context of those before it. */
function encodeTree(encoder: RangeEncoder, contexts: Contexts, base: number, bits: number, symbol: number): void {
  let node = 1;
  for (let b = bits - 1; b >= 0; b--) {
    const second = ((symbol >> b) & 1) === 1;
    encodeChoice(encoder, contexts, base + node, second);
    node = 2 * node + (second ? 1 : 0);
  }
}

function decodeTree(decoder: RangeDecoder, contexts: Contexts, base: number, bits: number): number {
  let node = 1;
  for (let b = 0; b < bits; b++) node = 2 * node + (decodeChoice(decoder, contexts, base + node) ? 1 : 0);
  return node - (1 << bits);
}

function encodeChoice(encoder: RangeEncoder, contexts: Contexts, context: number, second: boolean): void {
  encoder.bit(second, contexts.probability(context, VALUE_PRIOR, 1, 2));
  contexts.count(context, second ? 0 : 1, 1);
}

function decodeChoice(decoder: RangeDecoder, contexts: Contexts, context: number): boolean {
  const second = decoder.bit(contexts.probability(context, VALUE_PRIOR, 1, 2));
  contexts.count(context, second ? 0 : 1, 1);
  return second;
}
