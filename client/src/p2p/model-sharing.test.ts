import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import type { Libp2p } from '@libp2p/interface';
import { concatBytes } from '../protocol/bytes.js';
import { CHUNK_BYTES, chunkLeaves, parameterRoot } from '../protocol/merkle.js';
import type { P2pError, P2pNode } from './index.js';
import { MODEL_PROTOCOL } from './model-sharing.js';
import { RANGE_BYTES } from './serving-limits.js';
import { SECRET_KEYS, keysOf, membersOf, someBytes, soon, startImpostor, startNetwork, stopAll } from './testing.js';

const MODEL = someBytes(6 * RANGE_BYTES + CHUNK_BYTES + 4);
const ROOT = parameterRoot(MODEL);

let nodes: P2pNode[] = [];
let impostor: Libp2p | undefined;
const root = await mkdtemp(join(tmpdir(), 'psyche-models-'));
after(() => rm(root, { recursive: true, force: true }));
afterEach(async () => {
  await stopAll(nodes);
  await impostor?.stop();
  impostor = undefined;
});

test('a download that was cut off goes on from what had come', async () => {
  nodes = await startNetwork(2);
  const [source, newcomer] = nodes;
  source.provideModel(ROOT, () => MODEL);
  const folder = join(root, 'cut');
  const cut = new AbortController();
  const reason = new Error('the process ends');
  const first = newcomer.fetchModel(ROOT, MODEL.length, keysOf(nodes), cut.signal, {
    folder,
    onProgress: (bytes) => bytes >= 3 * RANGE_BYTES && cut.abort(reason),
  });
  await assert.rejects(first, reason);

  const progress: number[] = [];
  const model = await newcomer.fetchModel(ROOT, MODEL.length, keysOf(nodes), soon(), { folder, onProgress: (bytes) => progress.push(bytes) });
  assert.deepEqual(model, MODEL);
  assert.ok(progress[0] >= 3 * RANGE_BYTES, `${progress[0]} bytes were there`);
  assert.equal(progress.at(-1), MODEL.length);

  // what is whole needs nobody
  await source.stop();
  assert.deepEqual(await newcomer.fetchModel(ROOT, MODEL.length, [], soon(), { folder }), MODEL);
});

test('what is fetched ahead is there when it is needed, and only on the disk until then', async () => {
  nodes = await startNetwork(2);
  const [source, newcomer] = nodes;
  source.provideModel(ROOT, () => MODEL, async (state) => concatBytes(...chunkLeaves(state)));
  const folder = join(root, 'ahead');
  assert.equal(await newcomer.fetchModelAhead(ROOT, MODEL.length, keysOf(nodes), soon(), { folder }), undefined);
  assert.equal((await readdir(folder)).length, 1);
  assert.deepEqual(await newcomer.fetchModel(ROOT, MODEL.length, [], soon(), { folder }), MODEL);
  await assert.rejects(newcomer.fetchModelAhead(ROOT, 2 ** 33, [], soon(), { folder }), { code: 'TOO_LARGE' });
});

test('hashing threads that fail do not keep a node from serving, and wrong leaves are not served', async () => {
  nodes = await startNetwork(3);
  nodes[0].provideModel(ROOT, () => MODEL, () => Promise.reject(new Error('no thread')));
  nodes[1].provideModel(ROOT, () => MODEL, async () => new Uint8Array(32 * chunkLeaves(MODEL).length));
  assert.deepEqual(await nodes[2].fetchModel(ROOT, MODEL.length, [nodes[0].nodeKey], soon()), MODEL);
  await assert.rejects(nodes[2].fetchModel(ROOT, MODEL.length, [nodes[1].nodeKey], soon()), { code: 'MODEL_UNAVAILABLE' });
});

test('a member that has it only a moment later is asked again as long as another delivers', async () => {
  nodes = await startNetwork(3);
  const [early, late, newcomer] = nodes;
  early.provideModel(ROOT, () => MODEL);
  const model = await newcomer.fetchModel(ROOT, MODEL.length, [late.nodeKey, early.nodeKey], soon(), {
    onProgress: () => late.provideModel(ROOT, () => MODEL),
  });
  assert.deepEqual(model, MODEL);
});

test('a poisoned range never reaches the disk', async () => {
  nodes = await startNetwork(2);
  const poison = MODEL.slice(0, RANGE_BYTES);
  poison[7] ^= 255;
  const answer = concatBytes(Uint8Array.of(0), new Uint8Array(new BigUint64Array([BigInt(MODEL.length)]).buffer), poison);
  const { member, libp2p } = await startImpostor(SECRET_KEYS[3], MODEL_PROTOCOL, (stream) => void stream.send(answer));
  impostor = libp2p;
  for (const node of nodes) node.setMembers([...membersOf(nodes), { ...member, index: 3 }], 0);
  nodes[0].provideModel(ROOT, () => MODEL);
  const folder = join(root, 'poisoned');
  // the honest one gives the leaves and a part, then the liar is the only one left
  const cut = new AbortController();
  await assert.rejects(nodes[1].fetchModel(ROOT, MODEL.length, [nodes[0].nodeKey], cut.signal, { folder, onProgress: () => cut.abort() }));
  await assert.rejects(nodes[1].fetchModel(ROOT, MODEL.length, [member.nodeKey], soon(), { folder }), (error: P2pError) => {
    assert.equal(error.code, 'MODEL_UNAVAILABLE');
    assert.match(error.message, /hash of its leaf/);
    return true;
  });
  assert.deepEqual(await nodes[1].fetchModel(ROOT, MODEL.length, [nodes[0].nodeKey], soon(), { folder }), MODEL);
});
