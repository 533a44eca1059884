import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Libp2p, Stream } from '@libp2p/interface';
import { writeAll } from './stream-io.js';
import { SECRET_KEYS, soon, someBytes, startImpostor } from './testing.js';

const MIB = 1024 * 1024;

let started: Libp2p[] = [];
afterEach(async () => {
  await Promise.all(started.map((libp2p) => libp2p.stop()));
  started = [];
});

/** The two ends of a stream between two of libp2p's nodes. */
async function streamPair(): Promise<[writer: Stream, reader: Stream]> {
  let opened!: (stream: Stream) => void;
  const incoming = new Promise<Stream>((resolve) => (opened = resolve));
  const [from, to] = await Promise.all([0, 1].map(async (i) => (await startImpostor(SECRET_KEYS[i], '/none', () => {})).libp2p));
  started = [from, to];
  await to.handle('/test/1', (stream) => opened(stream));
  const writer = await from.dialProtocol(to.getMultiaddrs(), '/test/1', { signal: soon() });
  return [writer, await incoming];
}

test('what waits to be sent never grows beyond a piece, however much is written', async () => {
  const [writer, reader] = await streamPair();
  let received = 0;
  const all = new Promise<void>((resolve) =>
    reader.addEventListener('message', ({ data }) => {
      received += data.byteLength;
      if (received === 8 * MIB) resolve();
    }),
  );
  const send = writer.send.bind(writer);
  let most = 0;
  writer.send = (data) => {
    const room = send(data);
    most = Math.max(most, writer.writeBufferLength);
    return room;
  };
  await writeAll(writer, someBytes(8 * MIB), soon());
  await all;
  assert.ok(most <= 256 * 1024, `${most} bytes waited`);
});

test('a writer whose peer reads nothing stops when it is told to, or the peer goes', async () => {
  for (const end of ['signal', 'reset'] as const) {
    const [writer, reader] = await streamPair();
    reader.pause();
    const controller = new AbortController();
    const written = writeAll(writer, someBytes(4 * MIB), controller.signal);
    const full = new Promise((resolve) => setImmediate(resolve));
    await full;
    const failed = assert.rejects(written, end === 'signal' ? /enough/ : /reset|closed/i);
    if (end === 'signal') controller.abort(new Error('enough'));
    else reader.abort(new Error('gone'));
    await failed;
    await Promise.all(started.map((libp2p) => libp2p.stop()));
  }
});
