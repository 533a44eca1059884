import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ask, call } from './rpc-answer.js';

const SILENCE_MS = 100;

test('what came while this process was busy is no silence, though it is only a part of the answer', async () => {
  const server = createServer((_, response) => {
    response.write('{"result":');
    // The process is busy for longer than silence is borne, and has the rest to say after it has read what was there.
    for (const end = performance.now() + 2 * SILENCE_MS; performance.now() < end; );
    setImmediate(() => setImmediate(() => response.end('1}')));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const options = { silenceMs: SILENCE_MS, longestMs: 60_000, maxBytes: 1_000, signal: new AbortController().signal };
  const answer = await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, call('getAnything'), options);
  assert.deepEqual(answer, { text: '{"result":1}' });
  server.closeAllConnections();
  server.close();
});
