import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Connection, Keypair } from '@solana/web3.js';
import { PubSub } from './pubsub.js';
import { watchAccount } from './watch-account.js';

const address = Keypair.generate().publicKey;
const owner = Keypair.generate().publicKey.toBase58();

/** A node that answers each question for the account with the next of `versions`, and with the last for ever. */
async function node(versions: { slot: number; data: string | null }[]): Promise<{ connection: Connection; asked: () => number; close: () => void }> {
  let next = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id } = JSON.parse(Buffer.concat(chunks).toString()) as { id: unknown };
    const { slot, data } = versions[Math.min(next++, versions.length - 1)];
    const account = { data: [Buffer.from(data ?? '').toString('base64'), 'base64'], owner, lamports: 1, executable: false, rentEpoch: 0 };
    response.setHeader('content-type', 'application/json');
    if (data === 'error') response.statusCode = 500;
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { context: { slot }, value: data === null ? null : account } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = new Connection(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'confirmed');
  return { connection, asked: () => next, close: () => (server.closeAllConnections(), server.close()) };
}

test('without notifications it asks; what is old or unchanged is not delivered; errors and listeners that fail don\'t stop it', async () => {
  const { connection, close } = await node([
    { slot: 5, data: null },
    { slot: 6, data: 'one' },
    { slot: 7, data: 'one' },
    { slot: 4, data: 'older' },
    { slot: 8, data: 'error' },
    { slot: 9, data: 'two' },
    { slot: 9, data: 'three' },
  ]);
  const pubsub = new PubSub('ws://127.0.0.1:1');
  const seen: string[] = [];
  const errors: unknown[] = [];
  await new Promise<void>((resolve) => {
    const stop = watchAccount(
      connection,
      pubsub,
      address,
      { commitment: 'confirmed', pollMs: 2 },
      (data, by, slot) => {
        assert.equal(by, owner);
        seen.push(`${slot} ${data.toString()}`);
        if (data.toString() === 'three') {
          stop();
          resolve();
        }
        throw new Error('listener');
      },
      (error) => errors.push(error),
    );
  });
  assert.deepEqual(seen, ['6 one', '9 two', '9 three']);
  assert.equal(errors.length, 4, 'three from the listener, one from the node');
  pubsub.close();
  close();
});

test('a slot that nobody knows later is believed for half a minute, and what fails is told once', async () => {
  const { connection, asked, close } = await node([
    { slot: 2 ** 50, data: 'wrong slot' },
    { slot: 7, data: 'older' },
    { slot: 8, data: 'error' },
    { slot: 8, data: 'error' },
    { slot: 9, data: 'sound' },
  ]);
  const pubsub = new PubSub('ws://127.0.0.1:1');
  const [seen, errors]: [string[], { code?: string }[]] = [[], []];
  // Ten seconds pass with each answer.
  const now = (): number => 10_000 * asked() + performance.now();
  await new Promise<void>((resolve) => {
    const stop = watchAccount(
      connection,
      pubsub,
      address,
      { commitment: 'confirmed', pollMs: 2, now },
      (data) => {
        seen.push(data.toString());
        if (seen.length < 2) return;
        stop();
        resolve();
      },
      (error) => errors.push(error as { code?: string }),
    );
  });
  assert.deepEqual(seen, ['wrong slot', 'sound']);
  assert.deepEqual(errors.map((error) => error.code), ['RPC_ERROR']);
  pubsub.close();
  close();
});
