import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { STATE_NAMES } from './run-bytes.js';
import { Statistics } from './statistics.js';
import { Walk } from './walk.js';

/**
 * Instructions that each of the four test files sends. A nightly run asks for more, past the runner's time limit:
 *
 *     PSYCHE_RANDOM_INSTRUCTIONS=200000 PSYCHE_RANDOM_SEED=7 node --import tsx --test tests/programs/random/first-seeds.test.ts
 */
const INSTRUCTIONS = Number(process.env.PSYCHE_RANDOM_INSTRUCTIONS ?? 5_000);
const SEED = process.env.PSYCHE_RANDOM_SEED;
/** The seeds of one walk's steps, as a failure prints them: only this walk is taken. */
const REPLAY = process.env.PSYCHE_RANDOM_REPLAY?.split(',').map((seed) => parseInt(seed, 16));

/** Steps of a walk at the most. */
const STEPS = 1000;
/** Time for making a sequence shorter that failed. */
const SHRINK_MS = 60_000;
/** What an instruction may take on a busy machine. */
const SLOW_MS = 25;

// A step's seed says all of the step, so that there is nothing in it to make smaller.
const seeds = fc.noShrink(fc.noBias(fc.nat(0xffff_ffff)));
const walks = fc.array(seeds, { minLength: 1, maxLength: STEPS, size: 'max' });

/** Takes walks until enough was sent, and asks that every instruction succeeded and every state was reached. */
export function takeWalks(firstSeed: number): void {
  const timeout = Math.max(180_000, INSTRUCTIONS * SLOW_MS);
  test('whatever is sent, nobody gains or loses but by the rules', { timeout }, async () => {
    const statistics = new Statistics();
    if (REPLAY) return take(REPLAY, statistics);
    let seed = SEED === undefined ? firstSeed : Number(SEED);
    while (statistics.sent() < INSTRUCTIONS) await takeFour(seed++, statistics);
    console.log(statistics.table());
    await checkVariety(statistics);
  });
}

/** Four walks; one that fails is made shorter as long as there is time, and printed. */
async function takeFour(seed: number, statistics: Statistics): Promise<void> {
  let failedAt: number | undefined;
  const property = fc.asyncProperty(walks, async (steps) => {
    if (failedAt !== undefined && Date.now() - failedAt > SHRINK_MS) return;
    try {
      await take(steps, failedAt === undefined ? statistics : new Statistics());
    } catch (error) {
      failedAt ??= Date.now();
      throw error;
    }
  });
  await fc.assert(property, { seed, numRuns: 4 });
}

async function take(steps: readonly number[], statistics: Statistics): Promise<void> {
  const walk = await Walk.start(statistics);
  for (const [i, seed] of steps.entries()) {
    try {
      walk.step(seed);
    } catch (error) {
      const replay = steps.slice(0, i + 1).map((s) => s.toString(16)).join(',');
      const told = [(error as Error).message, 'after', ...walk.trace, `replay with PSYCHE_RANDOM_REPLAY=${replay}`];
      throw new Error(told.join('\n'), { cause: error });
    }
  }
}

/** Walks that come nowhere prove nothing. */
async function checkVariety(statistics: Statistics): Promise<void> {
  const { world } = await Walk.start(new Statistics());
  for (const { names, title } of world.programs) {
    for (const name of names) assert.ok(statistics.succeeded(`${title}.${name}`) > 0, `${title}.${name} never succeeded`);
  }
  for (const state of STATE_NAMES) assert.ok(statistics.entered(state) > 0, `no run came to ${state}`);
  assert.ok(statistics.succeeded() > statistics.sent() / 4, 'too much was refused');
}
