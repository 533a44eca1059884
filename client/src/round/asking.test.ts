import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askForMissed } from './asking.js';
import type { Context } from './context.js';
import { Duties } from './duties.js';

/** Looks at each slot of a round of 80 slots of 400 ms; @returns after how many slots it asked, and how many batches of peers each time. */
async function asking(change: object, slots = 80): Promise<[slot: number, batches: number][]> {
  const asked: [number, number][] = [];
  const duties = new Duties(new AbortController().signal, (_, error) => assert.fail(error as Error));
  for (let slot = 0; slot < slots; slot++) {
    const context = {
      identity: { address: 'me' }, clock: { current: () => 1000 + slot },
      view: {
        state: 'RoundTrain', seedPinned: true, epoch: 0, round: 3, stateStartSlot: 1000n, decided: false, witnesses: [4, 0], votes: [{ voted: false }, { voted: false }],
        config: { maxRoundTrainSlots: 80, roundWitnessSlots: 40, slotMs: 400 }, members: [{ index: 0, key: 'me', state: 'Healthy' }], ...change,
      },
    } as unknown as Context;
    const askPeers = async (_epoch: number, _round: number, enough: () => boolean): Promise<boolean> => {
      let batches = 0;
      while (!enough()) batches++;
      return void asked.push([slot, batches]), true;
    };
    askForMissed(context, { askPeers }, duties);
    await duties.idle();
  }
  return asked;
}

test('a witness without a vote asks a handful of peers, seldom', async () => {
  assert.deepEqual(await asking({}), [10, 20, 30, 40, 50, 60, 70].map((slot) => [slot, 1]));
  assert.deepEqual(await asking({ state: 'RoundWitness' }, 40), [8, 16, 24, 32].map((slot) => [slot, 1]), 'no more often than every 3 s');
});

test('who is no witness, has voted, or knows the round to be decided asks nobody', async () => {
  assert.deepEqual(await asking({ witnesses: [4, 5] }), []);
  assert.deepEqual(await asking({ votes: [{ voted: false }, { voted: true }] }), []);
  assert.deepEqual(await asking({ decided: true }), []);
  assert.deepEqual(await asking({ seedPinned: false }), []);
  assert.deepEqual(await asking({ state: 'Cooldown' }), []);
  assert.deepEqual(await asking({ members: [{ index: 0, key: 'me', state: 'Dropped' }] }), []);
});
