import { InvalidArgumentError } from 'commander';

const UNITS: Record<string, number> = { '': 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 };

/** Bytes, as people write them: `20GB`, `512 MiB`, `1.5TB`. @throws InvalidArgumentError */
export function parseSize(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)\s?([kmgt]i?b)?$/i.exec(text.trim());
  const bytes = match ? Math.round(Number(match[1]) * UNITS[(match[2] ?? '').toLowerCase()]) : NaN;
  if (!Number.isSafeInteger(bytes) || bytes < 1) throw new InvalidArgumentError('Give a size such as 20GB or 512MiB.');
  return bytes;
}

/** Bytes for people: `4.29 GB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let power = 0;
  while (power < units.length - 1 && bytes / 1000 ** power >= 999.5) power++;
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${units[power]}`;
}
