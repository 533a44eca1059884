import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublicKey } from '@solana/web3.js';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { RUN_STATES, type RunState } from '../../../client/src/protocol/run-view.js';
import { outcomeOf, rehearse } from './attempt.js';
import { checkBooks, type Look } from './books.js';
import { accountsOf } from './scenery.js';
import { type Stage, stageOf, withoutTreasuries } from './stage.js';
import { PREPARATIONS, VALID_CALLS } from './valid-calls.js';

/** Sent again it has nothing more to do, and changes nothing. */
const SAME = 'ok, and nothing changes';
/** Sent again it does more of the same, which is what it is for. */
const MORE = 'ok, and does more';

/** What comes of each instruction when it is sent twice. */
const AGAIN: Record<string, string> = {
  'coordinator.create_run': 'AccountInUse',
  'coordinator.write_manifest': SAME,
  'coordinator.seal_manifest': SAME,
  'coordinator.update_config': SAME,
  'coordinator.update_client_version': SAME,
  'coordinator.set_join_authority': SAME,
  'coordinator.set_exchange_rate': SAME,
  'coordinator.resume': 'WrongState',
  'coordinator.pause': 'WrongState',
  'coordinator.finish': 'NotFinishable',
  'coordinator.join_run': SAME,
  'coordinator.leave_run': 'AccountNotInitialized',
  'coordinator.tick': 'TooEarly',
  'coordinator.pin_seed': 'SeedAlreadyPinned',
  'coordinator.warmup_witness': 'AlreadyWarm',
  'coordinator.witness': SAME,
  'coordinator.health_check': 'NotHealthy',
  'coordinator.cooldown_witness': SAME,
  'coordinator.checkpoint': SAME,
  'coordinator.settle': 'AlreadySettled',
  'coordinator.close_member': 'AccountNotInitialized',
  // The instruction before it is no proof any more; with the proof again it is AlreadyConvicted.
  'coordinator.convict': 'InvalidProof',
  'treasurer.create_treasury': 'AccountInUse',
  'treasurer.fund': MORE,
  'treasurer.set_exchange_rate': SAME,
  'treasurer.resume_run': 'WrongState',
  // One base unit of many, each time.
  'treasurer.claim': MORE,
  'treasurer.withdraw': MORE,
  'treasurer.close_claim_record': 'AccountNotInitialized',
  'authorizer.create_authorization': 'AccountInUse',
  'authorizer.set_active': 'NothingToChange',
  'authorizer.set_delegates': SAME,
  'authorizer.close_authorization': 'AccountNotInitialized',
};

const stages = new Map<RunState, Promise<Stage>>();
const stageIn = (state: RunState): Promise<Stage> => stages.get(state) ?? stages.set(state, stageOf(state)).get(state)!;

/** The accounts after the calls, or the error. */
function after(stage: Stage, calls: Call[], written: PublicKey[]): { outcome: string; accounts?: string[] } {
  const result = rehearse(stage.network, calls);
  const outcome = outcomeOf(stage.network, calls, result);
  if (outcome !== 'ok') return { outcome };
  const look: Look = (address) => result.accounts.get(address.toBase58()) ?? stage.network.bank.getAccount(address);
  checkBooks(stage.run, look);
  const accounts = [...accountsOf(stage.run), ...written].map((address) => look(address));
  return { outcome, accounts: accounts.map((a) => `${a?.lamports} ${a?.data.toString('base64')}`) };
}

async function twice(instruction: string): Promise<string> {
  for (const state of RUN_STATES) {
    const stage = await stageIn(state);
    const calls = await VALID_CALLS[instruction](stage.run);
    const written = calls.flatMap((c) => c.instruction.keys.filter((k) => k.isWritable).map((k) => k.pubkey));
    const once = after(stage, calls, written);
    if (once.outcome !== 'ok') continue;
    const again = after(stage, [...calls, calls.at(-1)!], written);
    if (again.outcome !== 'ok') return again.outcome;
    return again.accounts!.every((account, i) => account === once.accounts![i]) ? SAME : MORE;
  }
  throw new assert.AssertionError({ message: `${instruction} succeeds nowhere` });
}

describe('an instruction that is sent twice', () => {
  for (const idl of [authorizerIdl, coordinatorIdl, treasurerIdl]) {
    for (const { name } of idl.instructions) {
      const instruction = `${idl.metadata.name}.${name}`;
      // What they close is gone: closing.test.ts tries them again.
      if (instruction in PREPARATIONS && !(instruction in AGAIN)) continue;
      it(`${instruction}: ${AGAIN[instruction]}`, async () => {
        const run = () => twice(instruction);
        const got = instruction === 'treasurer.create_treasury' ? await withoutTreasuries(await stageIn('Uninitialized'), run) : await run();
        assert.equal(got, AGAIN[instruction]);
      });
    }
  }
});
