import { quorum } from '../../client/src/protocol/quorum.js';

/** log(n!), the sum of logarithms; n to a few ten thousand. */
const factorials: number[] = [0];
function logFactorial(n: number): number {
  for (let i = factorials.length; i <= n; i++) factorials.push(factorials[i - 1] + Math.log(i));
  return factorials[n];
}

const logChoose = (n: number, k: number): number => logFactorial(n) - logFactorial(k) - logFactorial(n - k);

/**
 * The chance that of a committee of `size`, drawn at random from `members` of whom `dishonest` are, at least `wanted` are
 * dishonest (hypergeometric).
 */
export function chanceOf(members: number, dishonest: number, size: number, wanted: number): number {
  let chance = 0;
  for (let k = Math.max(wanted, size - (members - dishonest)); k <= Math.min(size, dishonest); k++) {
    chance += Math.exp(logChoose(dishonest, k) + logChoose(members - dishonest, size - k) - logChoose(members, size));
  }
  return chance;
}

/** What of a committee being mostly dishonest means: it can decide what it likes; or keep anything from being decided. */
export interface CommitteeRisk {
  size: number;
  /** Part of all members that are dishonest. */
  dishonest: number;
  decides: number;
  blocks: number;
}

export function committeeRisk(members: number, size: number, dishonest: number): CommitteeRisk {
  const bad = Math.round(dishonest * members);
  const needed = quorum(size);
  return { size, dishonest, decides: chanceOf(members, bad, size, needed), blocks: chanceOf(members, bad, size, size - needed + 1) };
}

/** The chance that it happens to any of several committees of one round, which are drawn alike. */
export const anyOf = (chance: number, committees: number): number => -Math.expm1(committees * Math.log1p(-chance));
