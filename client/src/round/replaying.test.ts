import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from './context.js';
import type { History } from './history.js';
import { replay } from './replaying.js';

test('members that drip what the epoch began with are given up when the epoch is over', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const root = new Uint8Array(32).fill(7);
  let asked!: () => void;
  const asking = new Promise<void>((resolve) => (asked = resolve));
  const context = {
    identity: { address: 'me' }, manifest: { hashInterval: 1 }, view: { epoch: 3, members: [] },
    engine: { stateBytes: 4, initialParameters: async () => {}, parameterHash: async () => new Uint8Array(32) },
    p2p: {
      fetchModel: (_: unknown, __: unknown, ___: unknown, signal: AbortSignal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          asked();
        }),
    },
  } as unknown as Context;
  const history = { settled: async () => {}, base: { epoch: 3, root, round: -1 }, rounds: [], parameters: async () => undefined } as unknown as History;
  const replayed = assert.rejects(replay(context, history, [], new AbortController().signal), /the epoch is over/);
  await asking;
  t.mock.timers.tick(500);
  context.view = { ...context.view, epoch: 4 };
  t.mock.timers.tick(500);
  await replayed;
});
