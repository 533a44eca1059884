import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../client/src/chain/idl.js';
import { REFUSAL_UNITS } from '../../client/src/chain/compute-units.js';
import { RUN_SPACE } from '../../client/src/chain/decode-run.js';
import { measure, type Measured } from '../../scripts/bench-chain/measure.js';
import { compare, readSnapshot, SNAPSHOT_PATH, writeSnapshot } from '../../scripts/bench-chain/snapshot.js';

const REWRITE = 'if that is meant, write the snapshot anew: UPDATE_COSTS=1 node scripts/test.mjs tests/programs/costs.test, or npm run bench:chain -- --write';
/** Only the treasurer calls it: measured as a part of `treasurer.set_exchange_rate`. */
const INNER = ['coordinator.set_exchange_rate'];
/** How much more than what was used may be asked for, beside the room to say why an instruction is refused. */
const RATIO = 1.3;

/** Where more has to be asked for, and why. */
const EXCEPTIONS: Record<string, string> = {
  'tick, undecided → RoundWitness': 'votes that land before it decide the round, and it closes it',
  'tick, undecided → next round': 'likewise',
  'witness that decides': 'others may have changed their votes, and this one undo a decision',
  convict: 'it may land in Cooldown, where it counts the epoch\'s votes anew',
  'token account, claim, later (SPL)': 'the token account may not be there any more',
  'token account, claim, later (Token-2022)': 'likewise, and accounts of Token-2022 have extensions',
};

describe('what it costs', () => {
  let measured: Measured;
  before(async () => {
    measured = await measure();
  });

  it('is known of every instruction', () => {
    const named = Object.entries({ authorizer: authorizerIdl, coordinator: coordinatorIdl, treasurer: treasurerIdl })
      .flatMap(([program, idl]) => idl.instructions.map((i) => `${program}.${i.name}`));
    assert.deepEqual([...measured.instructions, ...INNER].sort(), named.sort());
  });

  it(`is what ${SNAPSHOT_PATH} says`, () => {
    if (process.env.UPDATE_COSTS === '1') return writeSnapshot(measured);
    const { risen, fallen, unmatched } = compare(readSnapshot(), measured);
    const told = (what: string, lines: string[]): string => [`${what}; ${REWRITE}`, ...lines].join('\n');
    assert.deepEqual(risen, [], told('these rose by more than 5 % (before, now)', risen));
    assert.deepEqual(fallen, [], told('these fell by more than 5 % (before, now): better, so', fallen));
    assert.deepEqual(unmatched, [], told('these are only here or only there', unmatched));
  });

  it('is never more than the client asks for', () => {
    assert.deepEqual(measured.shortages, []);
  });

  it('is not much less than the client asks for', () => {
    const generous = Object.entries(measured.costs).flatMap(([size, rows]) =>
      Object.entries(rows)
        .filter(([label, { units, limit }]) => limit > RATIO * units + refusals(label) && !Object.hasOwn(EXCEPTIONS, label))
        .map(([label, { units, limit }]) => `${size}: ${label}: ${limit} for ${units}`));
    assert.deepEqual(generous, []);
  });

  it('fits: a run in 40,000 bytes, every transaction in 1,232', () => {
    assert.ok(RUN_SPACE <= 40_000);
    for (const [label, { bytes }] of Object.values(measured.costs).flatMap((rows) => Object.entries(rows))) assert.ok(bytes <= 1232, label);
  });
});

/** Room for refusals in the limits of a transaction: of each of its instructions. */
const refusals = (label: string): number => REFUSAL_UNITS * (/write_manifest, seal|token account/.test(label) ? 2 : 1);
