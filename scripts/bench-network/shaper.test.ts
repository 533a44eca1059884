import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { Shaper } from './shaper.js';

/** A member that takes what it is sent and says how much that was, then says the same number of bytes back. */
async function startMember(): Promise<{ port: number; close(): void }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.on('end', () => socket.end(Buffer.concat(parts)));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function said(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

test('what goes between members is unchanged, and takes as long as their lines need', { timeout: 60_000 }, async () => {
  const shaper = new Shaper(2, { upBitsPerSecond: 10e6, downBitsPerSecond: 100e6, roundTripMs: 40 });
  const member = await startMember();
  try {
    const port = await shaper.open(1, member.port);
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    // Known late, as the dialer's word comes by another way.
    shaper.dialed(socket.localPort!, 0);
    const bytes = Buffer.from(Uint8Array.from({ length: 125_000 }, (_, i) => (i * 31 + (i >> 9)) & 255));
    const begun = performance.now();
    socket.end(bytes);
    assert.deepEqual(await said(socket), bytes);
    const took = performance.now() - begun;
    // 100 ms up each line, 40 ms there and back; a slow machine takes longer, none takes less.
    assert.ok(took >= 235, `it took ${took} ms`);
  } finally {
    await shaper.close();
    member.close();
  }
});

test('a connection that ends with an error ends on the other side too', { timeout: 60_000 }, async () => {
  const shaper = new Shaper(2, { upBitsPerSecond: 1e9, downBitsPerSecond: 1e9, roundTripMs: 2 });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.resetAndDestroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const socket = connect({ port: await shaper.open(1, (server.address() as AddressInfo).port), host: '127.0.0.1' });
    socket.on('error', () => {});
    await once(socket, 'connect');
    shaper.dialed(socket.localPort!, 0);
    socket.write('hello');
    await once(socket, 'close');
  } finally {
    await shaper.close();
    server.close();
  }
});
