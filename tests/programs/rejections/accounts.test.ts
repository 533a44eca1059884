import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { Keypair, PublicKey } from '@solana/web3.js';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { RUN_STATES, type RunState } from '../../../client/src/protocol/run-view.js';
import { signedBytes } from '../../../localnet/src/ledger/signing.js';
import { ACCOUNT_RULES, type AccountRule } from './account-rules.js';
import { attempt, outcomeOf, transactionOf } from './attempt.js';
import { accountsOf, keysOf, siblingsOf } from './scenery.js';
import { type Stage, stageOf, withoutTreasuries } from './stage.js';
import { type DescribedAccount, type Subject, type Substitution, substitutions } from './substitutions.js';
import { PREPARATIONS, VALID_CALLS } from './valid-calls.js';

/** Stages are shared: what is refused leaves them as they are. */
const stages = new Map<RunState, Promise<Stage>>();
const stageIn = (state: RunState): Promise<Stage> => stages.get(state) ?? stages.set(state, stageOf(state)).get(state)!;

/** Does for real what comes before a call. */
async function prepare(stage: Stage, calls: readonly Call[]): Promise<void> {
  const keys = keysOf(stage);
  for (const call of calls) {
    const signers = call.instruction.keys.filter((k) => k.isSigner).map((k) => keys.get(k.pubkey.toBase58())!);
    await stage.network.ok(call, stage.network.key('fee payer'), ...signers);
  }
}

/** A stage in which the instruction succeeds, as far as it is shared with others. */
async function stageFor(instruction: string): Promise<Stage> {
  const preparations = PREPARATIONS[instruction];
  if (preparations) {
    const stage = await stageOf('Finished');
    await prepare(stage, await preparations(stage.run));
    return stage;
  }
  for (const state of RUN_STATES) {
    const stage = await stageIn(state);
    if ((await attempt(stage.network, VALID_CALLS[instruction](stage.run))) === 'ok') return stage;
  }
  throw new assert.AssertionError({ message: `${instruction} succeeds in no state: is its entry in VALID_CALLS right?` });
}

/** The instruction for both runs, with what comes before it done. */
async function arrange(instruction: string, accounts: readonly DescribedAccount[]): Promise<Subject & { stage: Stage }> {
  const stage = await stageFor(instruction);
  const all = await VALID_CALLS[instruction](stage.run);
  const twin = (await VALID_CALLS[instruction](stage.twin)).at(-1)!;
  // What the ed25519 program checked has to be in the same transaction, and for a closed run nothing is to be done.
  const calls = PREPARATIONS[instruction] ? all.slice(-1) : all.filter((call) => call === all.at(-1) || call.name === 'ed25519');
  if (!PREPARATIONS[instruction]) await prepare(stage, all.slice(0, all.length - calls.length));
  const more = calls.at(-1)!.instruction.keys.slice(accounts.length).map(() => ({ name: 'members', writable: true }));
  const scenery = { siblings: siblingsOf(stage), pool: accountsOf(stage.run), stage };
  return { network: stage.network, calls, twin, accounts: [...accounts, ...more], ...scenery };
}

/** Sends it with the signatures it asks for; where a program's address would have to sign, it is tried without any. */
async function send({ network, stage, pool }: Subject & { stage: Stage }, { calls }: Substitution): Promise<string> {
  const feePayer = network.key('fee payer');
  const keys = keysOf(stage);
  const signing = calls.flatMap((c) => c.instruction.keys.filter((k) => k.isSigner));
  const signers: (Keypair | undefined)[] = signing.map((k) => keys.get(k.pubkey.toBase58()));
  if (signers.includes(undefined)) return attempt(network, calls);
  const touched: PublicKey[] = [...pool, ...calls.flatMap((c) => c.instruction.keys.map((k) => k.pubkey))];
  const before = touched.map((address) => network.bank.svm.account(address.toBytes()));
  const wire = signedBytes(transactionOf(network, calls, feePayer.publicKey), [feePayer, ...(signers as Keypair[])]);
  const outcome = outcomeOf(network, calls, network.bank.sendTransaction(wire));
  if (outcome === 'ok') return outcome;
  for (const [i, address] of touched.entries()) {
    const after = network.bank.svm.account(address.toBytes());
    const [was, what] = [before[i], `what is refused changes nothing: ${address.toBase58()}`];
    assert.deepEqual([after?.lamports, after?.owner], [was?.lamports, was?.owner], what);
    assert.ok(!after || after.data.equals(was!.data), what);
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

for (const idl of [authorizerIdl, coordinatorIdl, treasurerIdl]) {
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
