import bs58 from 'bs58';
import type { Bank } from '../ledger/bank.js';
import type { Commitment } from '../ledger/bank-types.js';
import { parseAddress } from '../ledger/addresses.js';
import { invalidParams, RpcCode, RpcError } from './errors.js';

export type Json = Record<string, unknown>;

const COMMITMENTS: Record<string, Commitment> = {
  processed: 'processed', confirmed: 'confirmed', finalized: 'finalized',
  // Names of former days, still sent by some clients.
  recent: 'processed', single: 'confirmed', singleGossip: 'confirmed', root: 'finalized', max: 'finalized',
};

/** The positional parameters of a request. Every getter refuses with -32602 what is not of its kind. */
export class Params {
  readonly #list: readonly unknown[];

  constructor(params: unknown) {
    if (params !== undefined && params !== null && !Array.isArray(params)) {
      throw invalidParams('Invalid params: send them as an array, by position');
    }
    this.#list = (params as unknown[] | undefined | null) ?? [];
  }

  /** For methods that take no parameters. */
  none(): void {
    if (this.#list.length > 0) throw invalidParams('Invalid parameters: No parameters were expected');
  }

  raw(index: number): unknown {
    return this.#list[index];
  }

  address(index: number): string {
    return asAddress(this.#list[index]);
  }

  addresses(index: number, limit: number): string[] {
    const list = this.#list[index];
    if (!Array.isArray(list)) throw invalidParams('Invalid params: expected an array of addresses');
    if (list.length > limit) throw invalidParams(`Too many inputs provided; max ${limit}`);
    return list.map(asAddress);
  }

  signature(index: number): string {
    return asSignature(this.#list[index]);
  }

  text(index: number): string {
    const value = this.#list[index];
    if (typeof value !== 'string') throw invalidParams(`Invalid params: expected a string, got ${kind(value)}`);
    return value;
  }

  integer(index: number, fallback?: number): number {
    const value = this.#list[index];
    if ((value === undefined || value === null) && fallback !== undefined) return fallback;
    return asInteger(value);
  }

  /** A configuration object; absent or null gives an empty one. */
  config(index: number): Config {
    const value = this.#list[index];
    if (value === undefined || value === null) return new Config({});
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw invalidParams(`Invalid params: expected a configuration object, got ${kind(value)}`);
    }
    return new Config(value as Json);
  }
}

/** A configuration object of a request. */
export class Config {
  constructor(readonly value: Json) {}

  /** Solana's default is `finalized`. */
  commitment(field = 'commitment', fallback: Commitment = 'finalized'): Commitment {
    const value = this.value[field];
    if (value === undefined || value === null) return fallback;
    // Agave takes words that it does not know for the strictest commitment.
    return typeof value === 'string' && Object.hasOwn(COMMITMENTS, value) ? COMMITMENTS[value] : 'finalized';
  }

  flag(field: string): boolean {
    const value = this.value[field];
    if (value === undefined || value === null) return false;
    if (typeof value !== 'boolean') throw invalidParams(`Invalid params: ${field} must be true or false`);
    return value;
  }

  integer(field: string): number | undefined {
    const value = this.value[field];
    return value === undefined || value === null ? undefined : asInteger(value, field);
  }

  choice<T extends string>(field: string, allowed: readonly T[]): T | undefined {
    const value = this.value[field];
    if (value === undefined || value === null) return undefined;
    if (!allowed.includes(value as T)) {
      throw invalidParams(`Invalid params: unknown ${field}, expected one of ${allowed.map((a) => `\`${a}\``).join(', ')}`);
    }
    return value as T;
  }

  /** Refuses a request that asks for a slot which has not come yet. */
  requireContextSlot(bank: Bank, commitment: Commitment): void {
    const wanted = this.integer('minContextSlot');
    const slot = bank.slotAt(commitment);
    if (wanted !== undefined && wanted > slot) {
      throw new RpcError(RpcCode.minContextSlotNotReached, 'Minimum context slot has not been reached', { contextSlot: slot });
    }
  }
}

/** The commitment of a method that only tells of finished slots. */
export function settled(config: Config): Commitment {
  const commitment = config.commitment();
  if (commitment === 'processed') throw invalidParams('Method does not support commitment below `confirmed`');
  return commitment;
}

export function asAddress(value: unknown): string {
  if (typeof value !== 'string') throw invalidParams(`Invalid params: expected an address, got ${kind(value)}`);
  if (parseAddress(value)) return value;
  throw invalidParams(`Invalid param: ${bs58.decodeUnsafe(value.slice(0, 100)) ? 'WrongSize' : 'Invalid'}`);
}

export function asSignature(value: unknown): string {
  if (typeof value !== 'string') throw invalidParams(`Invalid params: expected a signature, got ${kind(value)}`);
  const bytes = value.length <= 88 ? bs58.decodeUnsafe(value) : undefined;
  if (bytes?.length !== 64) throw invalidParams(`Invalid param: ${bytes ? 'WrongSize' : 'Invalid'}`);
  return value;
}

function asInteger(value: unknown, field = 'value'): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 64) return value;
  throw invalidParams(`Invalid params: ${field} must be a whole number from 0, got ${kind(value)}`);
}

const kind = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value);
