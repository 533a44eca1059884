/** What a decided round pays (protocol 5); whole points. */
export interface RoundPoints {
  /** Each accepted trainer's, in the order of the shares given. */
  trainers: bigint[];
  /** Each witness's that voted for what was decided; the same for all of them. */
  perWitness: bigint;
  /** What was paid in all. */
  paid: bigint;
  /** The remainder, added to the next round's award. */
  carry: bigint;
}

/**
 * Splits a decided round's award. Everything is floored and the remainder carried, so the sums are exact.
 *
 * @param pointsPerStep the run's setting.
 * @param carry what earlier rounds left.
 * @param witnessPermille the witnesses' part of the award, in thousandths.
 * @param shares of the accepted trainers: sequences assigned to each.
 * @param witnesses how many voted for what was decided.
 */
export function roundPoints(
  pointsPerStep: bigint,
  carry: bigint,
  witnessPermille: number,
  shares: readonly number[],
  witnesses: number,
): RoundPoints {
  const award = pointsPerStep + carry;
  const witnessPot = (award * BigInt(witnessPermille)) / 1000n;
  const trainerPot = award - witnessPot;
  const accepted = shares.reduce((sum, s) => sum + BigInt(s), 0n);
  const trainers = shares.map((s) => (accepted === 0n ? 0n : (trainerPot * BigInt(s)) / accepted));
  const perWitness = witnesses === 0 ? 0n : witnessPot / BigInt(witnesses);
  const paid = trainers.reduce((sum, p) => sum + p, 0n) + perWitness * BigInt(witnesses);
  return { trainers, perWitness, paid, carry: award - paid };
}
