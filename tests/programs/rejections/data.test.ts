import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from '../../../client/src/chain/idl.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { RUN_STATES, type RunState } from '../../../client/src/protocol/run-view.js';
import { type Place, places, withValue } from './arguments.js';
import { attempt, outcomeOf, rehearse } from './attempt.js';
import { checkBooks, type Look } from './books.js';
import { withData } from './provocation.js';
import { accountsOf } from './scenery.js';
import { type Stage, stageOf, withoutTreasuries } from './stage.js';
import { PREPARATIONS, VALID_CALLS } from './valid-calls.js';

const DISCRIMINATOR = 8;
const SEED = 20_261_121;
/** Changed data per instruction. */
const TRIES = 80;

const idls = [authorizerIdl, coordinatorIdl, treasurerIdl];
const instructions = idls.flatMap((idl) => idl.instructions.map((i) => `${idl.metadata.name}.${i.name}`));
const stages = new Map<RunState, Promise<Stage>>();
const stageIn = (state: RunState): Promise<Stage> => stages.get(state) ?? stages.set(state, stageOf(state)).get(state)!;

/** The calls in a stage where they succeed, or, for what takes apart a whole run first, where they don't. */
async function arrange(instruction: string): Promise<{ stage: Stage; calls: Call[] }> {
  for (const state of RUN_STATES) {
    const stage = await stageIn(state);
    const calls = await VALID_CALLS[instruction](stage.run);
    if (instruction in PREPARATIONS || (await attempt(stage.network, calls)) === 'ok') return { stage, calls };
  }
  throw new assert.AssertionError({ message: `${instruction} succeeds nowhere` });
}

interface Outcome {
  name: string;
  logs: string[];
  look: Look;
}

function tried(stage: Stage, calls: Call[], data: Buffer): Outcome {
  const changed = [...calls.slice(0, -1), withData(calls.at(-1)!, () => data)];
  const result = rehearse(stage.network, changed);
  const look: Look = (address) => result.accounts.get(address.toBase58()) ?? stage.network.bank.getAccount(address);
  return { name: outcomeOf(stage.network, changed, result), logs: result.logs, look };
}

/** That it ended in success with the books in order, an error with a name, or, for a length past the heap, without memory. */
function assertSound(stage: Stage, { name, logs, look }: Outcome): void {
  if (name === 'ok') return checkBooks(stage.run, look);
  if (name === 'ProgramFailedToComplete') return assert.ok(logs.some((line) => line.endsWith('allocation failed')), logs.join('\n'));
  assert.match(name, /^[A-Z]\w+$|^Custom \d+$|InsufficientFundsForRent/, name);
  assert.ok(!/ComputationalBudgetExceeded|AccessViolation|Arithmetic|BrokenInvariant/.test(name), `${name}\n${logs.join('\n')}`);
}

/** What can't be read as a flag, a tag or a number. */
function malformed({ kind, variants }: Place): bigint[] {
  if (kind === 'bool') return [2n, 255n];
  if (kind === 'tag') return [BigInt(variants!), 255n];
  return kind === 'float' ? [0x7fc0_0000n] : [];
}

/** The ends of the range, and for lengths what is past the program's heap. */
function extreme({ kind, size }: Place): bigint[] {
  const top = 2n ** BigInt(8 * size);
  if (kind === 'length') return [0n, 255n, 40_000n, top / 2n - 1n, top - 1n];
  return kind === 'number' ? [0n, 1n, top / 2n, top - 2n, top - 1n] : [];
}

const run = async (instruction: string, body: (arranged: { stage: Stage; calls: Call[]; data: Buffer }) => void): Promise<void> => {
  const go = async (): Promise<void> => {
    const { stage, calls } = await arrange(instruction);
    body({ stage, calls, data: calls.at(-1)!.instruction.data });
  };
  return instruction === 'treasurer.create_treasury' ? withoutTreasuries(await stageIn('Uninitialized'), go) : go();
};

describe('the data of an instruction', () => {
  for (const instruction of instructions) {
    it(`${instruction}: cut off anywhere it is refused`, () => run(instruction, ({ stage, calls, data }) => {
      for (let length = 0; length < data.length; length++) {
        const { name } = tried(stage, calls, data.subarray(0, length));
        assert.equal(name, length < DISCRIMINATOR ? 'InstructionFallbackNotFound' : 'InstructionDidNotDeserialize', `${length} bytes`);
      }
    }));

    it(`${instruction}: more bytes than it has arguments do nothing`, () => run(instruction, ({ stage, calls, data }) => {
      const [plain, longer] = [data, Buffer.concat([data, Buffer.alloc(64, 255)])].map((d) => tried(stage, calls, d));
      assert.equal(longer.name, plain.name);
      for (const address of accountsOf(stage.run)) assert.deepEqual(longer.look(address), plain.look(address));
    }));

    it(`${instruction}: whatever else it is, the books stay in order`, () => run(instruction, ({ stage, calls, data }) => {
      const change = fc.record({ at: fc.nat(data.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }), cut: fc.nat(40) });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
          const other = Buffer.from(data);
          // The discriminator stays, or all would end there.
          for (const { at, bytes } of changes) Buffer.from(bytes).copy(other, Math.min(data.length, Math.max(at, DISCRIMINATOR)));
          assertSound(stage, tried(stage, calls, other.subarray(0, changes[0].cut === 0 ? changes[0].at : data.length)));
        }),
        { seed: SEED, numRuns: data.length > DISCRIMINATOR ? TRIES : 5 },
      );
    }));
  }

  for (const instruction of instructions) {
    it(`${instruction}: its numbers at both ends of their range, lengths past the heap, tags and flags of no value`, () =>
      run(instruction, ({ stage, calls, data }) => {
        for (const place of places(instruction, data)) {
          for (const value of malformed(place)) {
            assert.equal(tried(stage, calls, withValue(data, place, value)).name, 'InstructionDidNotDeserialize', `${place.path} = ${value}`);
          }
          for (const value of extreme(place)) {
            assertSound(stage, tried(stage, calls, withValue(data, place, value)));
          }
        }
      }));
  }

  it('of no instruction is refused by every program', async () => {
    const { stage } = await arrange('coordinator.tick');
    const [tick] = await VALID_CALLS['coordinator.tick'](stage.run);
    const foreign = idls.flatMap((idl) => [...idl.instructions, ...idl.accounts, ...(idl.events ?? [])]).map((d) => Buffer.from(d.discriminator));
    // The first is Anchor's own, to put an interface description on chain.
    const anchors = ['40f4bc78a7e9690a', '0000000000000000', 'ffffffffffffffff'].map((hex) => Buffer.from(hex, 'hex'));
    for (const idl of idls) {
      const own = new Set(idl.instructions.map((i) => Buffer.from(i.discriminator).toString('hex')));
      const program = idl.metadata.name;
      for (const discriminator of [...foreign, ...anchors]) {
        if (own.has(discriminator.toString('hex'))) continue;
        const programId = stage.network.ids[program];
        const data = Buffer.concat([discriminator, Buffer.alloc(100)]);
        const call = { ...tick, instruction: { ...tick.instruction, programId, data } as Call['instruction'] };
        assert.equal(await attempt(stage.network, call), 'InstructionFallbackNotFound', `${program} ${discriminator.toString('hex')}`);
      }
    }
  });
});
