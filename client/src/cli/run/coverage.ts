import type { TreasuryView } from '../../chain/index.js';
import type { RunView } from '../../protocol/run-view.js';

/** What a treasury holds against what it owes; base units of its mint. */
export interface Coverage {
  held: bigint;
  /** Owed and not paid yet, rounded up. */
  owed: bigint;
  /** Held beyond that. */
  free: bigint;
  /** What the points of all steps still to come cost at the coming rate, rounded up. */
  toCome: bigint;
}

/** Protocol 5: `owed` counts settled points; those of the running epoch are among `toCome`. */
export function coverageOf(run: RunView, treasury: TreasuryView): Coverage {
  const owed = ((run.owedTotal + (1n << 64n) - 1n) >> 64n) - treasury.paidTotal;
  const points = BigInt(run.config.totalSteps - run.step) * run.config.pointsPerStep + run.epochPoints + run.carry;
  const { num, den } = run.nextRate;
  const toCome = den === 0n ? 0n : (points * num + den - 1n) / den;
  return { held: treasury.held, owed, free: treasury.held > owed ? treasury.held - owed : 0n, toCome };
}
