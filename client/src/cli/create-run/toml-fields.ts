import { PsycheError } from '../../errors.js';

/** One table of a settings file, read field by field: whatever is wrong is named with its place and what it should be. */
export class TomlFields {
  readonly #table: Record<string, unknown>;
  readonly #known = new Set<string>();

  /** @param path e.g. `config`; empty for the file itself. @throws PsycheError `BAD_SETTINGS` */
  constructor(
    table: unknown,
    readonly path: string,
  ) {
    if (typeof table !== 'object' || table === null || Array.isArray(table)) {
      throw new PsycheError('BAD_SETTINGS', `[${path}] has to be a table.`);
    }
    this.#table = table as Record<string, unknown>;
  }

  /** A table in this one; empty when it is left out. */
  table(key: string): TomlFields {
    return new TomlFields(this.#get(key) ?? {}, this.path === '' ? key : `${this.path}.${key}`);
  }

  /** A list of tables, `[[data.sources]]`. @throws PsycheError `BAD_SETTINGS` */
  tables(key: string): TomlFields[] {
    const value = this.#get(key);
    if (!Array.isArray(value)) throw this.#wrong(key, value === undefined ? undefined : 'one table', 'one or more tables in double brackets');
    return value.map((item, i) => new TomlFields(item, `${this.#name(key)}[${i}]`));
  }

  has(key: string): boolean {
    return this.#get(key) !== undefined;
  }

  /** A whole number. @param unit for the message, e.g. `seconds`. */
  whole(key: string, min: number, max: number, unit: string, fallback?: number): number {
    return Number(this.bigWhole(key, BigInt(min), BigInt(max), unit, fallback === undefined ? undefined : BigInt(fallback)));
  }

  bigWhole(key: string, min: bigint, max: bigint, unit: string, fallback?: bigint): bigint {
    const value = this.#get(key) ?? fallback;
    const whole = typeof value === 'bigint' ? value : typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : undefined;
    if (whole === undefined || whole < min || whole > max) {
      throw this.#wrong(key, value, `a whole number from ${min} to ${max}${unit ? ` (${unit})` : ''}`);
    }
    return whole;
  }

  text(key: string, pattern: RegExp, what: string, fallback?: string): string {
    const value = this.#get(key) ?? fallback;
    if (typeof value !== 'string' || !pattern.test(value)) throw this.#wrong(key, value, what);
    return value;
  }

  /** A decimal, written as such or in quotes; given back as written, since binary fractions would change it. */
  decimal(key: string, fallback?: string): string {
    const value = this.#get(key) ?? fallback;
    const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : value;
    if (typeof text !== 'string' || !/^\d+(\.\d+)?$/.test(text)) throw this.#wrong(key, value, 'a decimal such as "0.002"');
    return text;
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#get(key) ?? fallback;
    if (typeof value !== 'boolean') throw this.#wrong(key, value, 'true or false');
    return value;
  }

  choice<const T extends string>(key: string, choices: readonly T[], fallback?: T): T {
    const value = this.#get(key) ?? fallback;
    if (!choices.includes(value as T)) throw this.#wrong(key, value, choices.map((c) => `"${c}"`).join(' or '));
    return value as T;
  }

  /** After all fields were read: whatever else is in the table is a mistake. */
  end(): void {
    for (const key of Object.keys(this.#table)) {
      if (this.#known.has(key)) continue;
      const known = [...this.#known].sort();
      throw new PsycheError('BAD_SETTINGS', `${this.#name(key)} is not a setting; ${this.path === '' ? 'there are' : `[${this.path}] has`} ${known.join(', ')}.`);
    }
  }

  #get(key: string): unknown {
    this.#known.add(key);
    return Object.hasOwn(this.#table, key) ? this.#table[key] : undefined;
  }

  #wrong(key: string, value: unknown, what: string): PsycheError {
    const given = value === undefined ? 'is missing' : `is ${typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value)}`;
    return new PsycheError('BAD_SETTINGS', `${this.#name(key)} ${given}; it has to be ${what}.`);
  }

  #name(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}
