import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Chain } from '../chain/index.js';
import { watchSlots } from './slot-watch.js';

test('old notifications are no reason not to ask for the slot', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  let notify = (_: { slot: unknown }): void => {};
  let asked = 0;
  const chain = {
    pubsub: { subscribe: (_kind: string, _params: unknown[], listener: typeof notify) => ((notify = listener), { active: true, end: () => {} }) },
    slot: () => Promise.resolve(1_000 + asked++),
  } as unknown as Chain;
  const slots: number[] = [];
  const end = watchSlots(chain, (slot) => slots.push(slot));
  /** A second in which the node tells of one slot. @returns how often that was asked for since the beginning */
  const second = async (slot: number): Promise<number> => {
    notify({ slot });
    mock.timers.tick(1_000);
    await new Promise(setImmediate);
    return asked;
  };
  assert.deepEqual([await second(10), await second(11)], [0, 0]);
  assert.deepEqual([await second(11), await second(11)], [1, 2], 'the same again');
  assert.deepEqual([await second(12), await second(13)], [3, 4], 'new, and far behind what was asked for');
  assert.equal(await second(1_010), 4);
  assert.deepEqual(slots, [10, 11, 11, 1_000, 11, 1_001, 12, 1_002, 13, 1_003, 1_010]);
  end();
  mock.timers.reset();
});
