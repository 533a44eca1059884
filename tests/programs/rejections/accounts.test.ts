import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Keypair, PublicKey } from '@solana/web3.js';
import { coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';
import { RUN_STATES, type RunState } from '../../../client/src/protocol/run-view.js';
import { signedBytes } from '../../../localnet/src/ledger/signing.js';
import { ACCOUNT_RULES, type AccountRule } from './account-rules.js';
import { attempt, outcomeOf, transactionOf } from './attempt.js';
import { accountsOf, keysOf, siblingsOf } from './scenery.js';
import { type Stage, stageOf, withoutTreasuries } from './stage.js';
import { type DescribedAccount, type Subject, type Substitution, substitutions } from './substitutions.js';
import { VALID_CALLS } from './valid-calls.js';

/** Stages are shared: what is refused leaves them as they are. */
const stages = new Map<RunState, Promise<Stage>>();
const stageIn = (state: RunState): Promise<Stage> => stages.get(state) ?? stages.set(state, stageOf(state)).get(state)!;

/** A stage in which the instruction succeeds, with what comes before it done, and the calls for both runs. */
async function arrange(instruction: string, accounts: readonly DescribedAccount[]): Promise<Subject & { stage: Stage }> {
  for (const state of RUN_STATES) {
    const stage = await stageIn(state);
    const { network, run, twin } = stage;
    const calls = await VALID_CALLS[instruction](run);
    if ((await attempt(network, calls)) !== 'ok') continue;
    const other = await VALID_CALLS[instruction](twin);
    const keys = keysOf(stage);
    for (const call of calls.slice(0, -1)) {
      const signers = call.instruction.keys.filter((k) => k.isSigner).map((k) => keys.get(k.pubkey.toBase58())!);
      await network.ok(call, network.key('fee payer'), ...signers);
    }
    const all = [...accounts, ...calls.at(-1)!.instruction.keys.slice(accounts.length).map(() => ({ name: 'members', writable: true }))];
    return { network, calls: calls.slice(-1), twin: other.at(-1)!, accounts: all, siblings: siblingsOf(stage), pool: accountsOf(stage.run), stage };
  }
  throw new assert.AssertionError({ message: `${instruction} succeeds in no state: is its entry in VALID_CALLS right?` });
}

/** Sends it with the signatures it asks for; where a program's address would have to sign, it is tried without any. */
async function send({ network, stage, pool }: Subject & { stage: Stage }, { calls }: Substitution): Promise<string> {
  const feePayer = network.key('fee payer');
  const keys = keysOf(stage);
  const signers: (Keypair | undefined)[] = calls.flatMap((c) => c.instruction.keys.filter((k) => k.isSigner).map((k) => keys.get(k.pubkey.toBase58())));
  if (signers.includes(undefined)) return attempt(network, calls);
  const touched: PublicKey[] = [...pool, ...calls.flatMap((c) => c.instruction.keys.map((k) => k.pubkey))];
  const before = touched.map((address) => network.bank.svm.account(address.toBytes()));
  const outcome = outcomeOf(network, calls, network.bank.sendTransaction(signedBytes(transactionOf(network, calls, feePayer.publicKey), [feePayer, ...(signers as Keypair[])])));
  if (outcome === 'ok') return outcome;
  for (const [i, address] of touched.entries()) {
    const after = network.bank.svm.account(address.toBytes());
    const same = after?.lamports === before[i]?.lamports && after?.owner === before[i]?.owner && (!after || after.data.equals(before[i]!.data));
    assert.ok(same, `what is refused changes nothing: ${address.toBase58()}`);
  }
  return outcome;
}

async function check(subject: Subject & { stage: Stage }, rules: Readonly<Record<string, AccountRule>>, at: number): Promise<number> {
  const { name } = subject.accounts[at];
  const rule = rules[name];
  assert.ok(rule, `ACCOUNT_RULES says what the account "${name}" may be confused with`);
  const all = substitutions(subject, at);
  for (const substitution of all) {
    const { kind, by } = substitution;
    const wanted = rule[kind];
    const what = `${name}: ${kind} (${by})`;
    if (Array.isArray(wanted)) {
      const outcome = await send(subject, substitution);
      assert.ok(wanted.includes(outcome), `${what} must be refused with ${wanted.join(' or ')}, but: ${outcome}`);
    } else {
      assert.equal(await attempt(subject.network, substitution.calls), 'ok', what);
    }
  }
  return all.length;
}

let tried = 0;
after(() => assert.ok(tried > 600, `${tried} substitutions`));

for (const idl of [coordinatorIdl, treasurerIdl]) {
  describe(`accounts of the ${idl.metadata.name}'s instructions`, () => {
    for (const { name, accounts } of idl.instructions) {
      const instruction = `${idl.metadata.name}.${name}`;
      it(instruction, async () => {
        const rules = ACCOUNT_RULES[instruction];
        assert.ok(rules && VALID_CALLS[instruction], `${instruction} has its entries in ACCOUNT_RULES and VALID_CALLS`);
        const run = async (): Promise<void> => {
          const subject = await arrange(instruction, accounts as readonly DescribedAccount[]);
          for (const at of subject.accounts.keys()) tried += await check(subject, rules, at);
          assert.equal(await attempt(subject.network, subject.calls), 'ok', 'as it should be it succeeds');
        };
        if (instruction === 'treasurer.create_treasury') await withoutTreasuries(await stageIn('Uninitialized'), run);
        else await run();
      });
    }
  });
}
