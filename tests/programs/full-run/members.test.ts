import { describe, it } from 'node:test';
import { wholeRun } from './whole-run.js';

describe('a whole run, from its creation to its last account closed', () => {
  for (const members of [1, 2, 3, 32]) {
    it(
      `with ${members} member${members > 1 ? 's' : ''}`,
      () => wholeRun({ members, calledOff: true, again: members, token2022: members % 2 === 0 }),
    );
  }

  it('with 256 members', () => wholeRun({ members: 256, calledOff: false, again: 8, token2022: false }));
});
