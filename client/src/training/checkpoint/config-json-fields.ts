import { CheckpointError } from '../errors.js';
import { parseDecimal } from '../exact/fixed-point.js';

/** A JSON object that nobody has checked yet. */
export type Json = Record<string, unknown>;

/** Refuses a setting that is there, not null, and another than the only one this client has. */
export function only(c: Json, key: string, value: unknown): void {
  if (c[key] !== undefined && c[key] !== null && c[key] !== value) throw unsupported(key, c[key], `this client has ${JSON.stringify(value)} alone`);
}

/** A JSON number as the decimal string that gives the same double. */
export function decimal(key: string, value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw unsupported(key, value, 'it has to be a number from 0 on');
  const [digits, exponent] = value.toString().split('e');
  if (exponent === undefined) return digits;
  const places = digits.replace('.', '');
  // Exponents appear below 1e-6 and from 1e21 on, where no decimal of a manifest reaches.
  const text = Number(exponent) < 0 ? `0.${'0'.repeat(-Number(exponent) - 1)}${places}` : digits;
  if (parseDecimal(text) === undefined) throw unsupported(key, value, 'it needs more than 18 decimal places');
  return text;
}

export function unsupported(key: string, value: unknown, why: string): CheckpointError {
  const shown = (JSON.stringify(value) ?? 'nothing').slice(0, 64);
  return new CheckpointError('CONFIG_UNSUPPORTED', `config.json has ${key} = ${shown}; ${why}. Name another checkpoint.`);
}
