import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CHUNK_BYTES, chunkLeaves, parameterRoot } from '../../protocol/merkle.js';
import { HashWorker } from './hash-worker.js';

const worker = new HashWorker({ threads: 2 });
after(() => worker.close());

function pattern(length: number, shared = false): Uint8Array {
  const bytes = new Uint8Array(shared ? new SharedArrayBuffer(length) : new ArrayBuffer(length));
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 9)) & 255;
  return bytes;
}

test('the same root as on this thread, for any length, from shared memory or a copy', async () => {
  for (const length of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 70 * CHUNK_BYTES + 5]) {
    for (const shared of [false, true]) {
      const bytes = pattern(length, shared);
      assert.deepEqual(await worker.root(bytes), parameterRoot(bytes), `${length} bytes`);
      assert.ok(Buffer.concat(chunkLeaves(bytes)).equals(await worker.leaves(bytes)), `leaves of ${length} bytes`);
    }
  }
  assert.equal(worker.threaded, true, 'by threads, not by this one in their place');
});

test('roots asked for together keep apart, and bytes may change once asked', async () => {
  const states = [3, 1, 40, 2].map((chunks) => pattern(chunks * CHUNK_BYTES + chunks));
  const wanted = states.map((bytes) => parameterRoot(bytes));
  const roots = states.map((bytes) => {
    const root = worker.root(bytes);
    bytes.fill(0);
    return root;
  });
  assert.deepEqual(await Promise.all(roots), wanted);
});

test('a view into a larger buffer is hashed as what it is', async () => {
  const whole = pattern(3 * CHUNK_BYTES, true);
  const part = whole.subarray(100, 2 * CHUNK_BYTES);
  assert.deepEqual(await worker.root(part), parameterRoot(part));
});

test('given up when asked to, and what follows is right', async () => {
  const bytes = pattern(2 * CHUNK_BYTES);
  const controller = new AbortController();
  const root = worker.root(bytes, controller.signal);
  controller.abort(new Error('stop'));
  await assert.rejects(root, { message: 'stop' });
  await assert.rejects(worker.root(bytes, controller.signal), { message: 'stop' });
  assert.deepEqual(await worker.root(bytes), parameterRoot(bytes));
});

test('where no thread starts, or one dies, this thread does it', async () => {
  for (const program of ['data:text/javascript,process.exit(3)', 'data:text/javascript,throw new Error("no")', new URL('./nowhere.js', import.meta.url).href]) {
    const lame = new HashWorker({ threads: 2, program: new URL(program) });
    const bytes = pattern(66 * CHUNK_BYTES + 1);
    assert.deepEqual(await lame.root(bytes), parameterRoot(bytes));
    assert.deepEqual(await lame.root(bytes), parameterRoot(bytes));
    await lame.close();
  }
});

test('nothing is hashed after the end', async () => {
  const ended = new HashWorker({ threads: 1 });
  const under = ended.root(pattern(CHUNK_BYTES));
  const refused = assert.rejects(under, { code: 'HASHING_CLOSED' });
  await ended.close();
  await refused;
  await assert.rejects(ended.root(pattern(1)), { code: 'HASHING_CLOSED' });
});
