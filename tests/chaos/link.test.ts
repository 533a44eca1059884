import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import test from 'node:test';
import { Access } from './access.js';
import { Link } from './link.js';
import { connectStallMs, stallMs } from './loss.js';
import { ownerOf } from './processes.js';
import { seededRandom } from './random.js';

/** A server that gives back what it gets, and a link before it. */
async function echo(t: { after(fn: () => unknown): void }): Promise<{ link: Link; client: Access; server: Access; open(): Promise<Socket> }> {
  const behind: Server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  behind.listen(0, '127.0.0.1');
  await once(behind, 'listening');
  const [client, server] = [new Access(), new Access()];
  const link = await Link.open({ port: (behind.address() as AddressInfo).port, server, client: () => client, random: seededRandom(1) });
  const sockets: Socket[] = [];
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    await link.close();
    behind.close();
  });
  const open = async (): Promise<Socket> => {
    const socket = connect(link.port, '127.0.0.1');
    sockets.push(socket);
    // a link that is cut may end it before we hear that it was there
    await new Promise<void>((resolve) => socket.on('error', () => {}).once('connect', () => resolve()).once('close', () => resolve()));
    return socket;
  };
  return { link, client, server, open };
}

/** Settles when a connection is over, in whatever way. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));
}

/** Sends, and waits until all of it has come back; milliseconds it took. */
async function roundTrip(socket: Socket, bytes: Buffer): Promise<number> {
  const begun = performance.now();
  const chunks: Buffer[] = [];
  const whole = new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (chunks.reduce((sum, c) => sum + c.length, 0) < bytes.length) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData).once('close', () => reject(new Error('the connection ended')));
  });
  socket.write(bytes);
  await whole;
  assert.ok(Buffer.concat(chunks).equals(bytes), 'the bytes that were sent');
  return performance.now() - begun;
}

const SOME = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 31 + (i >> 8)) & 255));

test('what is sent arrives, later and slower as the lines say', async (t) => {
  const { client, server, open, link } = await echo(t);
  const socket = await open();
  await roundTrip(socket, SOME);
  assert.equal(link.bytes, 2 * SOME.length);
  client.change({ up: { latencyMs: 30 }, down: { latencyMs: 20 } });
  server.change({ down: { latencyMs: 10 } });
  assert.ok((await roundTrip(socket, Buffer.from('hello'))) >= 58);
  // 200,000 bytes at 8 Mbit/s are 200 ms; all connections share it
  client.clear();
  server.change({ down: { latencyMs: 0 } });
  client.change({ up: { bitsPerSecond: 8e6 } });
  const both = await Promise.all([roundTrip(socket, SOME), roundTrip(await open(), SOME)]);
  assert.ok(Math.max(...both) >= 390, String(both));
});

test('lost packets delay and lose nothing', async (t) => {
  const { client, open } = await echo(t);
  client.change({ up: { loss: 0.3 }, down: { loss: 0.3 } });
  const socket = await open();
  const times: number[] = [];
  for (let i = 0; i < 4; i++) times.push(await roundTrip(socket, SOME.subarray(0, 10_000)));
  assert.ok(Math.max(...times) >= 199, String(times));
});

test('a silent line keeps connections and what is under way; a cut one ends them and takes none', async (t) => {
  const { server, open } = await echo(t);
  const socket = await open();
  server.change({ state: 'silent' });
  let back = false;
  const trip = roundTrip(socket, SOME).then(() => (back = true));
  await roundTrip(await echo(t).then((other) => other.open()), SOME); // long enough for an echo
  assert.equal(back, false);
  server.change({ state: 'up' });
  await trip;
  const ended = closed(socket);
  server.change({ state: 'cut' });
  await ended;
  await closed(await open());
  server.clear();
  await roundTrip(await open(), SOME);
});

test('the end of a stream is passed on after what came before it', async (t) => {
  const { client, open } = await echo(t);
  client.change({ up: { latencyMs: 40 } });
  const socket = await open();
  let got = 0;
  socket.on('data', (chunk: Buffer) => (got += chunk.length));
  socket.end(SOME);
  await once(socket, 'end');
  assert.equal(got, SOME.length);
});

test('losses stall as often, and as long, as TCP does', () => {
  const random = seededRandom(7);
  const mean = (n: number, of: () => number): number => Array.from({ length: n }, of).reduce((a, b) => a + b) / n;
  // a single segment: no other tells of its loss, so 200 ms, and twice as long each time it is lost again
  const stalled = mean(20_000, () => (stallMs(100, 0.1, 1, random) > 0 ? 1 : 0));
  assert.ok(Math.abs(stalled - 0.1) < 0.01, String(stalled));
  assert.ok([0.1, 0.3].every((loss) => Array.from({ length: 1000 }, () => stallMs(100, loss, 1, random)).every((ms) => ms === 0 || ms >= 200)));
  // in the middle of a flight the duplicates tell, one round trip later
  assert.ok(Array.from({ length: 1000 }, () => stallMs(14_480, 0.01, 80, random)).some((ms) => ms === 80));
  assert.equal(stallMs(1e6, 0, 80, random), 0);
  assert.ok(Array.from({ length: 1000 }, () => connectStallMs(0.3, 0.3, random)).every((ms) => ms % 1000 === 0));
});

test('who is at the other end of a connection is known', { skip: process.platform !== 'linux' }, async (t) => {
  const { open } = await echo(t);
  const socket = await open();
  assert.equal(ownerOf(socket.localPort!, [1, process.pid]), process.pid);
  assert.equal(ownerOf(1, [process.pid]), undefined);
});
