/** Numbers as people read them. Everything takes `undefined` or a number that is not finite and shows `–` for it. */

const MISSING = '–';

/** `1,234`; integers only, of any size. */
export function count(value: number | bigint | undefined): string {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return MISSING;
  const digits = (typeof value === 'bigint' ? value : Math.round(value)).toString();
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `3.305`: a loss in nats per token. */
export function nats(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? MISSING : value.toFixed(3);
}

/** `1.4 kB`, `3.4 MB`: decimal units, as network people count. */
export function bytes(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return MISSING;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let amount = value;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${unit === 0 || amount >= 99.5 ? Math.round(amount) : amount.toPrecision(2)} ${units[unit]}`;
}

/** `2:05`: a duration given in seconds. */
export function clock(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return MISSING;
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** `7Xk3…9fQa`: enough of a key or hash to tell it from its neighbours. */
export function short(text: string | undefined, ends = 4): string {
  if (text === undefined || text === '') return MISSING;
  return text.length <= 2 * ends + 1 ? text : `${text.slice(0, ends)}…${text.slice(-ends)}`;
}

/** A bar of `width` cells: `bar(0.5, 4)` is `██░░`. */
export function bar(fraction: number, width: number): string {
  const clamped = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
  const full = Math.round(clamped * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** The course of `values` in at most `width` characters, the newest on the right. */
export function sparkline(values: readonly number[], width: number): string {
  const shown = values.slice(-width).filter(Number.isFinite);
  const low = Math.min(...shown);
  const span = Math.max(...shown) - low;
  return shown.map((v) => '▁▂▃▄▅▆▇█'[span === 0 ? 0 : Math.min(7, Math.floor(((v - low) / span) * 8))]).join('');
}

/**
 * Text from outside (a model's sample, a child's error) made safe for a terminal: control characters and escape
 * sequences can't reach it, and its length is bounded.
 */
export function printable(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
