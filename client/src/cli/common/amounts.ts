import { PsycheError } from '../../errors.js';

/** Lamports of a SOL. */
export const SOL_DECIMALS = 9;

/**
 * An amount of tokens as people write it, in base units: `parseAmount('12.5', 6)` is 12 500 000n.
 *
 * @param what it is, for the message, e.g. `the amount`.
 * @throws PsycheError `BAD_AMOUNT`
 */
export function parseAmount(text: string, decimals: number, what = 'the amount'): bigint {
  const match = /^(\d{1,20})(?:\.(\d+))?$/.exec(text.replaceAll(/(?<=\d)[_,](?=\d{3})/g, ''));
  if (!match) throw new PsycheError('BAD_AMOUNT', `"${text}" is no amount: give ${what} in tokens, such as 100 or 0.25.`);
  const fraction = match[2] ?? '';
  if (fraction.replace(/0+$/, '').length > decimals) {
    throw new PsycheError('BAD_AMOUNT', `"${text}" is finer than the token, which has ${decimals} decimals.`);
  }
  const amount = BigInt(match[1] + fraction.slice(0, decimals).padEnd(decimals, '0'));
  if (amount >= 1n << 64n) throw new PsycheError('BAD_AMOUNT', `"${text}" is more than a token account can hold.`);
  return amount;
}

/** Base units as tokens, exact, without needless zeros. */
export function formatAmount(amount: bigint, decimals: number): string {
  const digits = amount.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = decimals === 0 ? '' : digits.slice(-decimals).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

export const formatSol = (lamports: bigint): string => `${formatAmount(lamports, SOL_DECIMALS)} SOL`;

/**
 * A decimal or a fraction of whole numbers as an exact fraction: `0.25`, `1/3`.
 *
 * @throws PsycheError `BAD_AMOUNT`
 */
export function parseFraction(text: string, what: string): { num: bigint; den: bigint } {
  const fraction = /^(\d{1,18})\/(\d{1,18})$/.exec(text);
  const decimal = /^(\d{1,18})(?:\.(\d{1,18}))?$/.exec(text);
  const [num, den] = fraction
    ? [BigInt(fraction[1]), BigInt(fraction[2])]
    : decimal
      ? [BigInt(decimal[1] + (decimal[2] ?? '')), 10n ** BigInt((decimal[2] ?? '').length)]
      : [0n, 0n];
  if (den === 0n) throw new PsycheError('BAD_AMOUNT', `${what} "${text}" is neither a decimal such as "0.001" nor a fraction such as "1/3".`);
  return reduce(num, den);
}

/** The same fraction in lowest terms. */
export function reduce(num: bigint, den: bigint): { num: bigint; den: bigint } {
  let [a, b] = [num, den];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? { num: 0n, den: 1n } : { num: num / a, den: den / a };
}
