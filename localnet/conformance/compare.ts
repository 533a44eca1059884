import bs58 from 'bs58';

/** One place in a reply at which the two validators differ. */
export interface Difference {
  /** The case's name. */
  readonly of: string;
  /** e.g. `result.value.data.parsed.info` */
  readonly path: string;
  /** The real validator's error code, if it answered with one. */
  readonly code?: number;
  readonly real: unknown;
  readonly embedded: unknown;
}

/** `values` compares values but for those that time makes, `shapes` only kinds. */
export type Manner = 'values' | 'shapes';

/** Fields whose values time and chance make: only their kind is compared. */
const BY_CHANCE = new Set([
  'slot', 'blockTime', 'blockhash', 'recentBlockhash', 'previousBlockhash', 'lastValidBlockHeight', 'parentSlot', 'blockHeight',
  'absoluteSlot', 'slotIndex', 'transactionCount', 'unixTimestamp', 'epochStartTimestamp', 'contextSlot', 'hash', 'root', 'parent',
  'initializationTimestamp', 'lastUpdateTimestamp', 'rentEpoch', 'lastExtendedSlot', 'subscription', 'transactionIndex', 'confirmations',
]);

/** Compares two values; `names` hold what each validator calls by its own value. */
export function compare(
  of: string, real: unknown, embedded: unknown, manner: Manner,
  names: { real: ReadonlyMap<string, string>; embedded: ReadonlyMap<string, string> },
): Difference[] {
  const found: Difference[] = [];
  const code = isObject(real) && isObject(real.error) ? { code: real.error.code as number } : {};
  const walk = (path: string, key: string, a: unknown, b: unknown, byKind: boolean): void => {
    const chance = byKind || BY_CHANCE.has(key);
    if (Array.isArray(a) && Array.isArray(b)) {
      if (byKind ? (a.length === 0) !== (b.length === 0) : a.length !== b.length) found.push({ ...code, of, path: `${path}.length`, real: a.length, embedded: b.length });
      const count = byKind ? Math.min(1, a.length, b.length) : Math.min(a.length, b.length);
      for (let i = 0; i < count; i++) walk(`${path}[${i}]`, key, a[i], b[i], byKind);
      return;
    }
    if (isObject(a) && isObject(b)) {
      for (const field of new Set([...Object.keys(a), ...Object.keys(b)])) {
        walk(path === '' ? field : `${path}.${field}`, field, a[field], b[field], chance);
      }
      return;
    }
    const [x, y] = chance ? [kind(a), kind(b)] : [renamed(a, names.real), renamed(b, names.embedded)];
    if (x !== y) found.push({ ...code, of, path, real: a, embedded: b });
  };
  walk('', '', real, embedded, manner === 'shapes');
  return found;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value with every name put in the place of what it names, also inside of texts such as logs. */
function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'number') return names.get(String(value)) ?? value;
  if (typeof value !== 'string') return value;
  let text = names.get(value) ?? value;
  if (text.length > 40) for (const [own, name] of names) if (text.includes(own)) text = text.replaceAll(own, name);
  return text;
}

/** A value's type; of a text also whether it is a key or a signature. */
function kind(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value !== 'string') return typeof value;
  const bytes = value.length >= 32 && value.length <= 88 ? bs58.decodeUnsafe(value)?.length : undefined;
  return bytes === 32 ? 'key' : bytes === 64 ? 'signature' : 'text';
}
