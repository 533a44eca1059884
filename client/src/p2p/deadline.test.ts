import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { within } from './deadline.js';

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended')), { once: true }));

test('a time limit ends what it is set for, whatever is collected meanwhile', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const ended = assert.rejects(within(50, new AbortController().signal, 'waiting', never), { code: 'PEER_TIMEOUT' });
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  await ended;
});

test('the outer signal ends it with its own reason', async () => {
  const outer = new AbortController();
  const ended = assert.rejects(within(60_000, outer.signal, 'waiting', never), /enough/);
  outer.abort(new Error('enough'));
  await ended;
});
