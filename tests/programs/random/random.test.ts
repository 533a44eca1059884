import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { STATE_NAMES } from './run-bytes.js';
import { Statistics } from './statistics.js';
import { Walk } from './walk.js';

/** Instructions to send; a nightly run may ask for more, e.g. `PSYCHE_RANDOM_INSTRUCTIONS=200000 PSYCHE_RANDOM_SEED=7`. */
const INSTRUCTIONS = Number(process.env.PSYCHE_RANDOM_INSTRUCTIONS ?? 20_000);
const SEED = Number(process.env.PSYCHE_RANDOM_SEED ?? 20_261_121);
/** The seeds of one walk's steps, as a failure prints them: only this walk is taken. */
const REPLAY = process.env.PSYCHE_RANDOM_REPLAY?.split(',').map((seed) => parseInt(seed, 16));

const STEPS = 1000;
/** Time for making a sequence shorter that failed. */
const SHRINK_MS = 60_000;

const seeds = fc.noShrink(fc.noBias(fc.nat(0xffff_ffff)));
const walks = fc.array(seeds, { minLength: 1, maxLength: STEPS, size: 'max' });

async function take(steps: readonly number[], statistics: Statistics): Promise<void> {
  const walk = await Walk.start(statistics);
  for (const [i, seed] of steps.entries()) {
    try {
      walk.step(seed);
    } catch (error) {
      const replay = steps.slice(0, i + 1).map((s) => s.toString(16)).join(',');
      throw new Error(
        `${(error as Error).message}\nafter\n${walk.trace.join('\n')}\nreplay with PSYCHE_RANDOM_REPLAY=${replay}`,
        { cause: error },
      );
    }
  }
}

test('whatever is sent, nobody gains or loses but by the rules', { timeout: Math.max(180_000, INSTRUCTIONS * 20) }, async () => {
  const statistics = new Statistics();
  if (REPLAY) return take(REPLAY, statistics);
  let failedAt: number | undefined;
  // One walk after another until enough was sent; each is a property of its own, so that a failure is made shorter.
  for (let seed = SEED; statistics.sent() < INSTRUCTIONS; seed++) {
    await fc.assert(
      fc.asyncProperty(walks, async (steps) => {
        if (failedAt !== undefined && Date.now() - failedAt > SHRINK_MS) return;
        try {
          await take(steps, failedAt === undefined ? statistics : new Statistics());
        } catch (error) {
          failedAt ??= Date.now();
          throw error;
        }
      }),
      { seed, numRuns: 4 },
    );
  }
  console.log(statistics.table());
  const { world } = await Walk.start(new Statistics());
  for (const { names, title } of world.programs) for (const name of names) {
    assert.ok(statistics.succeeded(`${title}.${name}`) > 0, `${title}.${name} never succeeded: the walk proves nothing of it`);
  }
  for (const state of STATE_NAMES) assert.ok(statistics.entered(state) > 0, `no run came to ${state}`);
  assert.ok(statistics.succeeded() > statistics.sent() / 4, 'too much was refused: the walk comes nowhere');
});
