import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SEEDS } from '../../scripts/bench-chain/figures.js';
import { findWorst } from '../../scripts/bench-chain/worst.js';

/** Sizes where the costliest are sought: few members, as many as classes of capacity or witnesses, and the most. */
const SIZES: [size: number, seeds: number][] = [[1, 10], [2, 20], [5, 30], [8, 30], [32, 30], [256, SEEDS]];
/** Compute units that no more than that may take. */
const GOALS: [kind: RegExp, most: number][] = [
  [/^witness/, 15_000],
  [/^tick that opens|opens the next|draws roles/, 60_000],
  [/./, 200_000],
];

describe('the costliest that was found', () => {
  for (const [size, seeds] of SIZES) {
    it(`with ${size} members is within what the client asks for, and within the goals`, async () => {
      for (const [label, { units, limit }] of await findWorst(size, seeds)) {
        assert.ok(units <= limit, `${label}: ${units} of ${limit}: raise it in client/src/chain/compute-units.ts`);
        for (const [kind, most] of GOALS) if (kind.test(label)) assert.ok(units <= most, `${label}: ${units}, at most ${most}`);
      }
    });
  }
});
