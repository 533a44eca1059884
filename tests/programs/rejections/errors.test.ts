import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';
import { RUN_STATES } from '../../../client/src/protocol/run-view.js';
import { PROJECT_ROOT } from '../../../client/src/version.js';
import type { AccountState } from '../../../localnet/src/testing.js';
import { ACCOUNT_RULES } from './account-rules.js';
import { attempt } from './attempt.js';
import { AUTHORIZER_ERRORS } from './authorizer-errors.js';
import { CONVICT_ERRORS } from './convict-errors.js';
import { COORDINATOR_ERRORS } from './coordinator-errors.js';
import { docTable } from './doc-table.js';
import type { Edit, Provocation } from './provocation.js';
import { type Stage, stageOf, withoutTreasuries } from './stage.js';
import { TREASURER_ERRORS } from './treasurer-errors.js';

const ALL = Object.entries({ ...COORDINATOR_ERRORS, ...CONVICT_ERRORS, ...TREASURER_ERRORS, ...AUTHORIZER_ERRORS });

/** Tries one provocation, and puts back what it overwrote. */
async function outcome(stage: Stage, { calls }: Provocation): Promise<string> {
  const { bank } = stage.network;
  const former: [string, AccountState][] = [];
  const edit: Edit = (address, change) => {
    const account = bank.getAccount(address)!;
    former.push([address.toBase58(), account]);
    if (!change) return bank.setAccount(address.toBase58(), null);
    const data = Buffer.from(account.data);
    change(data);
    bank.setAccount(address.toBase58(), { ...account, data });
  };
  try {
    return await attempt(stage.network, calls(stage, edit));
  } finally {
    for (const [address, account] of former.reverse()) bank.setAccount(address, account);
  }
}

for (const state of RUN_STATES) {
  const here = ALL.flatMap(([instruction, list]) => list.filter((p) => p.state === state).map((p) => ({ instruction, p })));
  if (here.length === 0) continue;
  describe(`errors in ${state}`, () => {
    let stage: Promise<Stage> | undefined;
    for (const [i, { instruction, p }] of here.entries()) {
      it(`${instruction}: ${p.error} (${i + 1})`, async () => {
        const at = await (stage ??= stageOf(state));
        const made = instruction !== 'treasurer.create_treasury';
        assert.equal(await (made ? outcome(at, p) : withoutTreasuries(at, () => outcome(at, p))), p.error);
      });
    }
  });
}

describe('the tables are complete', () => {
  const pairs = new Set(ALL.flatMap(([instruction, list]) => list.map((p) => `${instruction}: ${p.error}`)));

  it('every error that docs/protocol.md names for an instruction is provoked', () => {
    const named = docTable().flatMap(({ instruction, errors }) => errors.map((error) => `${instruction}: ${error}`));
    assert.ok(named.length > 80, `${named.length} pairs`);
    assert.deepEqual(named.filter((pair) => !pairs.has(pair)), []);
  });

  it('so is every error that the programs have, but those that should never be seen', () => {
    const ruled = Object.entries(ACCOUNT_RULES).flatMap(([instruction, rules]) => {
      const wanted = Object.values(rules).flatMap((rule) => Object.values(rule)).filter((w) => Array.isArray(w)).flat();
      return wanted.map((name) => `${instruction}: ${name}`);
    });
    const proven = [...pairs, ...ruled, 'coordinator.any: WrongState'];
    for (const idl of [authorizerIdl, coordinatorIdl, treasurerIdl]) {
      const program = idl.metadata.name;
      const source = readFileSync(join(PROJECT_ROOT, 'programs', program, 'src/errors.rs'), 'utf8');
      const [possible] = source.split('should never be seen');
      const errors = idl.errors.map((e) => e.name as string).filter((name) => new RegExp(`\\b${name},`).test(possible));
      const own = new Set(proven.filter((pair) => pair.startsWith(`${program}.`)).map((pair) => pair.split(': ')[1]));
      assert.ok(errors.length > 4, program);
      assert.deepEqual(errors.filter((name) => !own.has(name)), []);
    }
  });
});
