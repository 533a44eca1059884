import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { RUN_STATES, type RunState } from '../../../client/src/protocol/run-view.js';
import { attempt, type Outcome } from './attempt.js';
import { docTable } from './doc-table.js';
import { runOffset } from './provocation.js';
import { type Stage, stageOf, withoutTreasuries } from './stage.js';
import { VALID_CALLS } from './valid-calls.js';

/** What an instruction says in a state that is not for it, where that is not WrongState. */
const OTHERWISE: Record<string, Outcome> = {
  'coordinator.finish': 'NotFinishable',
  'treasurer.withdraw': 'NotFinished',
  'treasurer.close_treasury': 'RunNotClosed',
  'treasurer.close_claim_record': 'MemberNotClosed',
};

/** Nobody can have joined yet: there is no account for it. */
const WITHOUT_MEMBERS = [
  'coordinator.leave_run', 'coordinator.close_member', 'coordinator.convict', 'treasurer.claim', 'treasurer.close_claim_record',
];

/** As if no member's account were open. */
async function withoutMembers<T>({ network, run: { scene } }: Stage, body: () => Promise<T>): Promise<T> {
  const account = network.bank.getAccount(scene.run)!;
  const data = Buffer.from(account.data);
  data.writeUInt32LE(0, runOffset('memberAccounts'));
  network.bank.setAccount(scene.run.toBase58(), { ...account, data });
  return body().finally(() => network.bank.setAccount(scene.run.toBase58(), account));
}

/** What takes more than the transaction itself to arrange. */
const AS_IF: Record<string, (stage: Stage, body: () => Promise<Outcome>) => Promise<Outcome>> = {
  'treasurer.create_treasury': withoutTreasuries,
  'coordinator.close_run': withoutMembers,
};

/** The calls, or those on the run whose Warmup failed where nothing else is to be settled. */
async function callsFor(instruction: string, stage: Stage): Promise<Call[]> {
  const { calledOff, run } = stage;
  if (instruction !== 'coordinator.settle' || !calledOff) return VALID_CALLS[instruction](run);
  const { epoch, members } = calledOff.view();
  const cold = members.findIndex((m) => m.forfeited);
  const node = [20, 21].map((i) => calledOff.node(i)).find(({ key }) => key.publicKey.toBase58() === members[cold].key)!;
  return [await calledOff.call('settle', calledOff.anyone, epoch, [{ index: cold, key: node.key.publicKey }])];
}

function expected(instruction: string, allowed: boolean, state: RunState): Outcome {
  if (state === 'Uninitialized' && WITHOUT_MEMBERS.includes(instruction)) return 'AccountNotInitialized';
  return allowed ? 'ok' : (OTHERWISE[instruction] ?? 'WrongState');
}

const table = docTable();

it('docs/protocol.md has a row for every instruction, and for no other', () => {
  const idls = [coordinatorIdl, treasurerIdl, authorizerIdl];
  const described = idls.flatMap((idl) => idl.instructions.map((i) => `${idl.metadata.name}.${i.name}`));
  assert.deepEqual(table.map((r) => r.instruction).sort(), described.sort());
});

for (const state of RUN_STATES) {
  describe(`in ${state}`, () => {
    let stage: Stage;
    before(async () => {
      stage = await stageOf(state);
      assert.equal(stage.run.scene.view().state, state);
    });

    for (const { instruction, states } of table.filter((row) => row.states)) {
      const outcome = expected(instruction, states!.includes(state), state);
      it(`${instruction}: ${outcome}`, async () => {
        const run = async (): Promise<Outcome> => attempt(stage.network, callsFor(instruction, stage));
        const as = AS_IF[instruction];
        assert.equal(as ? await as(stage, run) : await run(), outcome);
      });
    }
  });
}
