import { ManifestError } from '../errors.js';
import { parseDecimal } from '../exact/fixed-point.js';

/** One object of the manifest, read field by field with the path kept for the error message. */
export class Fields {
  private readonly value: Record<string, unknown>;

  constructor(value: unknown, private readonly path: string, known?: readonly string[]) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ManifestError(path.slice(0, -1) || 'its text', 'is not an object');
    this.value = value as Record<string, unknown>;
    for (const key of Object.keys(this.value)) if (known && !known.includes(key)) throw this.error(key.slice(0, 64), 'is not a known field');
  }

  has(key: string): boolean {
    return this.value[key] !== undefined;
  }

  object(key: string, known?: readonly string[]): Fields {
    return new Fields(this.value[key], `${this.path}${key}.`, known);
  }

  integer(key: string, least: number, most: number): number {
    const v = this.value[key];
    if (typeof v !== 'number' || !Number.isSafeInteger(v) || v < least || v > most) throw this.error(key, `is not a whole number from ${least} to ${most}`);
    return v;
  }

  list(key: string, most: number, known: readonly string[]): Fields[] {
    const v = this.value[key];
    if (!Array.isArray(v) || v.length < 1 || v.length > most) throw this.error(key, `is not a list of 1 to ${most}`);
    return v.map((item, i) => new Fields(item, `${this.path}${key}[${i}].`, known));
  }

  boolean(key: string): boolean {
    const v = this.value[key];
    if (typeof v !== 'boolean') throw this.error(key, 'is not true or false');
    return v;
  }

  text(key: string, most: number): string {
    const v = this.value[key];
    if (typeof v !== 'string' || v.length === 0 || v.length > most || !/^[\x20-\x7e]+$/.test(v)) throw this.error(key, `is not 1 to ${most} printable characters`);
    return v;
  }

  hex(key: string, bytes: number): string {
    const v = this.value[key];
    if (typeof v !== 'string' || v.length !== 2 * bytes || !/^[0-9a-f]+$/.test(v)) throw this.error(key, `is not ${bytes} bytes in lower-case hex`);
    return v;
  }

  decimal(key: string, least: bigint, most: bigint): string {
    const v = this.value[key];
    const parsed = typeof v === 'string' ? parseDecimal(v) : undefined;
    if (parsed === undefined || parsed < least || parsed > most) throw this.error(key, 'is not a decimal in a string within its bounds, such as "0.001"');
    return v as string;
  }

  choice<const T extends string | number>(key: string, choices: readonly T[]): T {
    const v = this.value[key];
    if (!choices.includes(v as T)) throw this.error(key, `is not one of ${choices.join(', ')}`);
    return v as T;
  }

  /** An error that names the field by its whole path. */
  error(key: string, problem: string): ManifestError {
    return new ManifestError(this.path + key, problem);
  }
}
