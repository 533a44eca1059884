import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Stream } from '@libp2p/interface';
import { sha256, toHex } from '../protocol/bytes.js';
import type { P2pError, P2pNode } from './index.js';
import { PAYLOAD_PROTOCOL } from './payload-exchange.js';
import { RANGE_BYTES } from './serving-limits.js';
import type { RangeSource } from './range-transfer.js';
import { keysOf, someBytes, soon, startNetwork, stopAll } from './testing.js';

const PAYLOAD = someBytes(9 * RANGE_BYTES + 17);
const HASH = sha256(PAYLOAD);
const SMALL = Array.from({ length: 30 }, (_, i) => someBytes(2_000 + i, i));

let nodes: P2pNode[] = [];
const rejections: unknown[] = [];
process.on('unhandledRejection', (reason) => rejections.push(reason));
afterEach(async () => {
  await stopAll(nodes);
  nodes = [];
  assert.deepEqual(rejections, []);
});

interface Innards {
  payloads: { store: { source(hash: Uint8Array): RangeSource | undefined | Promise<RangeSource | undefined> } };
  admission: { serve(...args: unknown[]): Promise<void> };
  libp2p: { getConnections(): { streams: Stream[] }[] };
}
const innards = (node: P2pNode): Innards => node as unknown as Innards;

/** Lets a node answer for the payload with what `slice` gives. */
function answers(node: P2pNode, slice: (offset: number, length: number) => Uint8Array): void {
  innards(node).payloads.store.source = () => ({ total: PAYLOAD.length, slice });
}

const fetchLast = (): Promise<Uint8Array> => nodes.at(-1)!.fetch(HASH, PAYLOAD.length, keysOf(nodes), soon());

/** Opens when it is told to. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Lets a node give the payload, but only `atFirst` ranges of it before `opened`. */
function holdBack(node: P2pNode, atFirst: number, opened: Promise<void>): void {
  let asked = 0;
  innards(node).payloads.store.source = async () => {
    if (asked++ >= atFirst) await opened;
    return { total: PAYLOAD.length, slice: (offset, length) => PAYLOAD.subarray(offset, offset + length) };
  };
}

test('a payload comes from all that have it, however many have not', async () => {
  nodes = await startNetwork(4);
  const { opened, open } = gate();
  holdBack(nodes[0], 3, opened);
  answers(nodes[1], (offset, length) => {
    open();
    return PAYLOAD.subarray(offset, offset + length);
  });
  assert.deepEqual(await fetchLast(), PAYLOAD);
});

test('of holders that do not agree the one that lied is found, and the payload is right', async () => {
  nodes = await startNetwork(4);
  const { opened, open } = gate();
  for (const node of [nodes[0], nodes[2]]) holdBack(node, 2, opened);
  const lie = someBytes(PAYLOAD.length, 77);
  answers(nodes[1], (offset, length) => {
    open();
    // true in its first half
    const range = PAYLOAD.slice(offset, offset + length);
    range.set(lie.subarray(offset + (length >> 1), offset + length), length >> 1);
    return range;
  });
  const offences: string[] = [];
  nodes[3].on('offence', ({ nodeKey, error }) => offences.push(`${toHex(nodeKey)} ${error.code}`));
  assert.deepEqual(await fetchLast(), PAYLOAD);
  assert.deepEqual([...new Set(offences)], [`${toHex(nodes[1].nodeKey)} WRONG_HASH`]);
});

test('a payload that nobody has right is not returned', async () => {
  nodes = await startNetwork(3);
  const lie = someBytes(PAYLOAD.length, 77);
  for (const node of nodes.slice(0, 2)) answers(node, (offset, length) => lie.subarray(offset, offset + length));
  await assert.rejects(fetchLast(), { code: 'PAYLOAD_UNAVAILABLE' });
});

test('the trainer goes away in the middle: the rest comes from others', async () => {
  nodes = await startNetwork(3);
  let stopping: Promise<void> | undefined;
  answers(nodes[0], (offset, length) => {
    if (offset >= 2 * RANGE_BYTES) stopping ??= nodes[0].stop();
    return PAYLOAD.subarray(offset, offset + length);
  });
  nodes[1].provide(HASH, PAYLOAD);
  assert.deepEqual(await fetchLast(), PAYLOAD);
  await stopping;
});

test('a holder that falls silent with a range in its hands delays the payload by moments', async () => {
  nodes = await startNetwork(3);
  nodes[0].provide(HASH, PAYLOAD);
  innards(nodes[1]).payloads.store.source = () => new Promise(() => {});
  assert.deepEqual(await fetchLast(), PAYLOAD);
});

test('what nobody has, and who gives up', async () => {
  nodes = await startNetwork(3);
  await assert.rejects(fetchLast(), (error: P2pError) => {
    assert.equal(error.code, 'PAYLOAD_UNAVAILABLE');
    assert.match(error.message, /does not have it/);
    return true;
  });
  innards(nodes[0]).payloads.store.source = () => new Promise(() => {});
  const controller = new AbortController();
  const fetching = nodes[2].fetch(HASH, PAYLOAD.length, keysOf(nodes), controller.signal);
  const reason = new Error('the round is over');
  const rejected = assert.rejects(fetching, reason);
  setImmediate(() => controller.abort(reason));
  await rejected;
});

/** Counts the streams that a node is asked for payloads on. */
function countStreams(node: P2pNode): () => number {
  let count = 0;
  const { admission } = innards(node);
  const serve = admission.serve.bind(admission);
  admission.serve = (...args) => {
    if ((args[0] as Stream).protocol === PAYLOAD_PROTOCOL) count++;
    return serve(...args);
  };
  return () => count;
}

test('one stream serves many requests, and a few serve many at a time', async () => {
  nodes = await startNetwork(2);
  const [server, client] = nodes;
  for (const payload of SMALL) server.provide(sha256(payload), payload);
  const streams = countStreams(server);
  const fetch = (payload: Uint8Array) => client.fetch(sha256(payload), payload.length, [server.nodeKey], soon());
  for (const payload of SMALL) assert.deepEqual(await fetch(payload), payload);
  assert.equal(streams(), 1);
  assert.deepEqual(await Promise.all([...SMALL, ...SMALL].map(fetch)), [...SMALL, ...SMALL]);
  assert.ok(streams() <= 60, String(streams()));
});

test('a stream that was reset while nobody used it is replaced at once', async () => {
  nodes = await startNetwork(2);
  const [server, client] = nodes;
  for (const payload of SMALL) server.provide(sha256(payload), payload);
  const streams = countStreams(server);
  for (const payload of SMALL.slice(0, 3)) {
    assert.deepEqual(await client.fetch(sha256(payload), payload.length, [server.nodeKey], soon()), payload);
    for (const connection of innards(server).libp2p.getConnections()) {
      for (const stream of connection.streams) if (stream.protocol === PAYLOAD_PROTOCOL) stream.abort(new Error('reset by the test'));
    }
  }
  assert.equal(streams(), 3);
});
