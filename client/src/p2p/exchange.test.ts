import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Libp2p, Stream } from '@libp2p/interface';
import { concatBytes, sha256 } from '../protocol/bytes.js';
import { CHUNK_BYTES, parameterRoot } from '../protocol/merkle.js';
import type { P2pError, P2pNode } from './index.js';
import { MODEL_PROTOCOL } from './model-sharing.js';
import { PAYLOAD_PROTOCOL } from './payload-exchange.js';
import { RANGE_BYTES } from './serving-limits.js';
import { SECRET_KEYS, keysOf, membersOf, next, someBytes, soon, startImpostor, startNetwork, stopAll } from './testing.js';

const PAYLOAD = someBytes(3 * RANGE_BYTES + 17);
const PAYLOAD_HASH = sha256(PAYLOAD);
const MODEL = someBytes(5 * RANGE_BYTES + 3 * CHUNK_BYTES + 4);
const MODEL_ROOT = parameterRoot(MODEL);

let nodes: P2pNode[] = [];
let impostors: Libp2p[] = [];
const rejections: unknown[] = [];
process.on('unhandledRejection', (reason) => rejections.push(reason));
afterEach(async () => {
  await stopAll(nodes);
  await Promise.all(impostors.map((libp2p) => libp2p.stop()));
  nodes = [];
  impostors = [];
  assert.deepEqual(rejections, []);
});

/** An answer's head as range transfer has it. */
function head(status: number, total: number): Uint8Array {
  const bytes = new Uint8Array(9);
  bytes[0] = status;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(total), true);
  return bytes;
}

/** Three honest nodes and a fourth member that answers `protocol` as it likes. @returns the impostor's key. */
async function withImpostor(protocol: string, answer: (stream: Stream) => void): Promise<Uint8Array> {
  nodes = await startNetwork(3);
  const { member, libp2p } = await startImpostor(SECRET_KEYS[3], protocol, answer);
  impostors.push(libp2p);
  for (const node of nodes) node.setMembers([...membersOf(nodes), { ...member, index: 3 }], 0);
  return member.nodeKey;
}

test('a payload of several ranges is fetched by hash, and then served on', async () => {
  nodes = await startNetwork(3);
  const [trainer, second, third] = nodes;
  trainer.provide(PAYLOAD_HASH, PAYLOAD);
  const fetched = await second.fetch(PAYLOAD_HASH, PAYLOAD.length, [third.nodeKey, trainer.nodeKey], soon());
  assert.deepEqual(fetched, PAYLOAD);
  const { bytesDown } = second.stats();
  assert.ok(bytesDown > PAYLOAD.length && bytesDown < PAYLOAD.length * 1.02, `${bytesDown} bytes for ${PAYLOAD.length}`);

  second.provide(PAYLOAD_HASH, fetched);
  await trainer.stop();
  assert.deepEqual(await third.fetch(PAYLOAD_HASH, PAYLOAD.length, keysOf(nodes), soon()), PAYLOAD);
});

test('many payloads at once from the same peers', async () => {
  nodes = await startNetwork(3);
  const payloads = Array.from({ length: 40 }, (_, i) => someBytes(4_000 + i, i));
  payloads.forEach((payload, i) => nodes[i % 2].provide(sha256(payload), payload));
  const sources = keysOf(nodes.slice(0, 2));
  const fetched = await Promise.all(payloads.map((payload) => nodes[2].fetch(sha256(payload), payload.length, sources, soon())));
  assert.deepEqual(fetched, payloads);
});

test('what nobody has, what is too large, and what is aborted', async () => {
  nodes = await startNetwork(2);
  const [one, two] = nodes;
  two.provide(PAYLOAD_HASH, PAYLOAD);
  two.forget(PAYLOAD_HASH);
  await assert.rejects(one.fetch(PAYLOAD_HASH, 10, [two.nodeKey], soon()), (error: P2pError) => {
    assert.equal(error.code, 'PAYLOAD_UNAVAILABLE');
    assert.match(error.message, /does not have it/);
    return true;
  });
  await assert.rejects(one.fetch(PAYLOAD_HASH, 10, [], soon()), { code: 'PAYLOAD_UNAVAILABLE' });
  await assert.rejects(one.fetch(PAYLOAD_HASH, 10, [one.nodeKey], soon()), { code: 'PAYLOAD_UNAVAILABLE' });
  await assert.rejects(one.fetch(PAYLOAD_HASH, 2 ** 32, [two.nodeKey], soon()), { code: 'TOO_LARGE' });
  const reason = new Error('the round is over');
  await assert.rejects(one.fetch(PAYLOAD_HASH, 10, [two.nodeKey], AbortSignal.abort(reason)), reason);
  assert.throws(() => one.provide(PAYLOAD_HASH, PAYLOAD.subarray(1)), { code: 'WRONG_HASH' });
});

test('a payload that comes a moment after its announcement is waited for', async () => {
  nodes = await startNetwork(2);
  const fetching = nodes[0].fetch(PAYLOAD_HASH, PAYLOAD.length, [nodes[1].nodeKey], soon());
  setTimeout(() => nodes[1].provide(PAYLOAD_HASH, PAYLOAD), 100);
  assert.deepEqual(await fetching, PAYLOAD);
});

const lies: [name: string, code: string | undefined, answer: (stream: Stream) => void][] = [
  ['garbage', 'BAD_ANSWER', (stream) => void stream.send(someBytes(64, 9))],
  ['another size', undefined, (stream) => void stream.send(head(0, 5))],
  ['bytes with another hash', 'WRONG_HASH', (stream) => void stream.send(concatBytes(head(0, 1_000), someBytes(1_000, 1)))],
  ['more bytes than asked for', 'STREAM_FLOODED', (stream) => void stream.send(concatBytes(head(0, 1_000), someBytes(200_000, 1)))],
  ['half an answer and the end', undefined, (stream) => {
    stream.send(concatBytes(head(0, 1_000), someBytes(400, 1)));
    void stream.close();
  }],
  ['a reset', undefined, (stream) => stream.abort(new Error('no'))],
  ['nothing, ever', undefined, () => {}],
];

for (const [name, code, answer] of lies) {
  test(`a peer that answers with ${name} delays a payload and does not stop it`, async () => {
    const impostor = await withImpostor(PAYLOAD_PROTOCOL, answer);
    const small = someBytes(1_000);
    nodes[0].provide(sha256(small), small);
    const offence = code === undefined ? undefined : next<{ nodeKey: Uint8Array; error: P2pError }>(nodes[1], 'offence');
    assert.deepEqual(await nodes[1].fetch(sha256(small), small.length, [impostor, nodes[0].nodeKey], soon()), small);
    if (offence !== undefined) {
      const { nodeKey, error } = await offence;
      assert.deepEqual(nodeKey, impostor);
      assert.equal(error.code, code);
    }
  });
}

test('a peer that floods a stream is cut off after little more than was asked for', async () => {
  let sent = 0;
  let cut: () => void;
  const isCut = new Promise<void>((resolve) => (cut = resolve));
  const impostor = await withImpostor(PAYLOAD_PROTOCOL, (stream) => {
    stream.addEventListener('close', () => cut());
    const pour = async () => {
      for (;;) {
        const more = stream.send(new Uint8Array(64 * 1024));
        sent += 64 * 1024;
        if (!more) await stream.onDrain();
      }
    };
    stream.send(head(0, 1_000));
    pour().catch(() => {});
  });
  await assert.rejects(nodes[0].fetch(sha256(PAYLOAD), 1_000, [impostor], soon()), { code: 'PAYLOAD_UNAVAILABLE' });
  await isCut;
  assert.ok(sent < 8 * 1024 * 1024, `${sent} bytes were taken`);
});

test('requests that make no sense are refused, and cost their stream only', async () => {
  nodes = await startNetwork(1);
  const { member, libp2p } = await startImpostor(SECRET_KEYS[3], PAYLOAD_PROTOCOL, () => {});
  impostors.push(libp2p);
  const connected = next(libp2p, 'peer:connect');
  nodes[0].setMembers([{ ...member, index: 3 }], 0);
  await connected;
  nodes[0].provide(PAYLOAD_HASH, PAYLOAD);
  const connection = libp2p.getConnections()[0];
  const request = (offset: bigint, length: number, hash = PAYLOAD_HASH) => {
    const bytes = new Uint8Array(45);
    bytes.set(hash, 1);
    new DataView(bytes.buffer).setBigUint64(33, offset, true);
    new DataView(bytes.buffer).setUint32(41, length, true);
    return bytes;
  };
  const ask = async (bytes: Uint8Array) => {
    const stream = await connection.newStream(PAYLOAD_PROTOCOL);
    const parts: Uint8Array[] = [];
    stream.addEventListener('message', ({ data }) => parts.push(data.subarray()));
    const end = new Promise<void>((resolve) => stream.addEventListener('close', () => resolve()));
    stream.send(bytes);
    await stream.close();
    await end;
    return Buffer.concat(parts);
  };
  assert.equal((await ask(request(0n, 0)))[0], 2);
  assert.equal((await ask(request(0n, RANGE_BYTES + 1)))[0], 2);
  assert.equal((await ask(request(2n ** 63n, 1)))[0], 2);
  assert.equal((await ask(request(0n, 1, sha256('other'))))[0], 1);
  assert.equal((await ask(someBytes(10))).length, 0);
  assert.equal((await ask(someBytes(100_000))).length, 0);
  assert.deepEqual(new Uint8Array(await ask(request(5n, 10))), concatBytes(head(0, PAYLOAD.length), PAYLOAD.subarray(5, 15)));

  // streams beyond the limit are reset; the ones below it, and other peers, go on
  const streams = await Promise.allSettled(Array.from({ length: 40 }, () => connection.newStream(PAYLOAD_PROTOCOL, { maxOutboundStreams: 100 })));
  for (const stream of streams) if (stream.status === 'fulfilled') stream.value.abort(new Error('done'));
  assert.deepEqual(new Uint8Array(await ask(request(0n, 1))), concatBytes(head(0, PAYLOAD.length), PAYLOAD.subarray(0, 1)));
});

test('a model is fetched from several peers, chunk by chunk', async () => {
  nodes = await startNetwork(3);
  let serialized = 0;
  for (const node of nodes.slice(0, 2)) {
    node.provideModel(MODEL_ROOT, () => {
      serialized++;
      return MODEL;
    });
  }
  assert.equal(serialized, 0);
  const progress: number[] = [];
  const model = await nodes[2].fetchModel(MODEL_ROOT, MODEL.length, keysOf(nodes), soon(), { onProgress: (bytes) => progress.push(bytes) });
  assert.deepEqual(model, MODEL);
  assert.equal(progress.at(-1), MODEL.length);
  assert.deepEqual(progress, [...progress].sort((a, b) => a - b));
  assert.ok(serialized <= 2, 'once by each who was asked');
  assert.ok(nodes[0].stats().bytesUp + nodes[1].stats().bytesUp > MODEL.length);
});

test('a corrupted chunk is refused, its source left, and the model completed from another', async () => {
  const corrupted = MODEL.slice();
  corrupted[RANGE_BYTES + 5] ^= 1;
  const impostor = await withImpostor(MODEL_PROTOCOL, (stream) => {
    // answers every request for content with bytes that are not what their leaf says; it has no leaves
    stream.send(concatBytes(head(0, MODEL.length), corrupted.subarray(RANGE_BYTES, 2 * RANGE_BYTES)));
  });
  nodes[0].provideModel(MODEL_ROOT, () => MODEL);
  const offence = next<{ nodeKey: Uint8Array }>(nodes[2], 'offence');
  const model = await nodes[2].fetchModel(MODEL_ROOT, MODEL.length, [nodes[0].nodeKey, impostor], soon());
  assert.deepEqual(model, MODEL);
  assert.deepEqual((await offence).nodeKey, impostor);
});

test('a model no honest peer has: wrong bytes are never returned', async () => {
  nodes = await startNetwork(3);
  nodes[0].provideModel(MODEL_ROOT, () => MODEL.slice(4)); // not what the root says: not served at all
  nodes[1].provideModel(MODEL_ROOT, () => MODEL);
  await Promise.all([
    assert.rejects(nodes[2].fetchModel(MODEL_ROOT, MODEL.length, [nodes[0].nodeKey], soon()), { code: 'MODEL_UNAVAILABLE' }),
    assert.rejects(nodes[2].fetchModel(MODEL_ROOT, MODEL.length + CHUNK_BYTES, [nodes[1].nodeKey], soon()), { code: 'MODEL_UNAVAILABLE' }),
  ]);
});

test('a source that goes away in the middle of a model leaves the rest to the others', async () => {
  nodes = await startNetwork(3);
  for (const node of nodes.slice(0, 2)) node.provideModel(MODEL_ROOT, () => MODEL);
  let stopping: Promise<void> | undefined;
  const onProgress = () => {
    stopping ??= nodes[0].stop();
  };
  const model = await nodes[2].fetchModel(MODEL_ROOT, MODEL.length, keysOf(nodes), soon(), { onProgress });
  assert.deepEqual(model, MODEL);
  await stopping;
});
