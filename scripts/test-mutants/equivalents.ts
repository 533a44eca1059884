import type { Equivalent } from './report.js';

const logic = 'programs/coordinator/src/logic';

/** The survivors that were looked at: why each computes what the original does. */
export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: `${logic}/assignment.rs`,
    line: 'if c >= 0 && self.remainder[c] > self.cutoff {',
    why: 'the remainder of capacity 0 is 0, and nothing is below 0: a cutoff is never exceeded by it',
  },
  {
    file: `${logic}/assignment.rs`,
    line: '} else if c >= 0 && self.remainder[c] == self.cutoff && self.left_at_cutoff > 0 {',
    why: 'the remainder of capacity 0 is 0, but the cutoff never is: positive remainders are enough for all leftovers',
  },
  {
    file: `${logic}/rate.rs`,
    line: 'Some((whole << 64) ^ ((rest << 64) / den as u128))',
    why: 'the two have no bit in common, so | and ^ are the same',
  },
];
