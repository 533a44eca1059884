import { randomUUID } from 'node:crypto';

/** Marks a big integer inside of JSON text until its quotes are taken off; nobody outside can guess it. */
const MARK = `#${randomUUID()}#`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/**
 * JSON in which a bigint is written as a number with all its digits. Lamports and rent epochs go up to 2^64 − 1, which
 * JavaScript's numbers would round to something that clients in other languages refuse.
 */
export function toJson(value: unknown): string {
  let marked = false;
  const text = JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== 'bigint') return item;
    if (item >= Number.MIN_SAFE_INTEGER && item <= Number.MAX_SAFE_INTEGER) return Number(item);
    marked = true;
    return MARK + item;
  });
  return marked ? text.replace(MARKED, '$1') : text;
}
