import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { numbers } from '../testing.js';
import { openBackend, type Backend, type Tensor, type Tf } from './index.js';
import { checkHeap, WASM_HEAP_LIMIT, type WasmBackend } from './wasm-heap.js';

let tf: Tf;
let wasm: Backend;

before(async () => {
  const handlers = process.listenerCount('uncaughtException');
  wasm = await openBackend({ backend: 'wasm' });
  tf = wasm.tf;
  assert.equal(process.listenerCount('uncaughtException'), handlers);
});

/** Runs the same operations on the plain backend and on wasm. */
async function same(run: (random: (shape: number[]) => Tensor) => Tensor): Promise<void> {
  const results: Float32Array[] = [];
  for (const name of ['cpu', 'wasm']) {
    if (name === 'cpu') (tf.findBackend('cpu') as unknown as { firstUse: boolean }).firstUse = false;
    await tf.setBackend(name);
    const next = numbers(3);
    const result = tf.tidy(() => run((shape) => tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next), shape)));
    results.push((await result.data()) as Float32Array);
    result.dispose();
  }
  assert.equal(results[0].length, results[1].length);
  results[0].forEach((v, i) => assert.ok(Math.abs(v - results[1][i]) < 1e-4, `number ${i}: ${v} on cpu, ${results[1][i]} on wasm`));
}

test('products: plain, batched, and with either side transposed', async () => {
  for (const batch of [[], [1], [6], [2, 3]]) {
    for (const ta of [false, true]) {
      for (const tb of [false, true]) {
        await same((random) => tf.matMul(random([...batch, ...(ta ? [7, 5] : [5, 7])]), random([...batch, ...(tb ? [17, 7] : [7, 17])]), ta, tb));
      }
    }
  }
  await same((random) => tf.matMul(random([3, 4, 5]), random([1, 5, 6])));
});

test('transposes that keep rows whole and those that do not', async () => {
  await same((random) => tf.transpose(random([2, 3, 4, 5]), [2, 0, 1, 3]));
  await same((random) => tf.transpose(random([2, 3, 2, 2, 70]), [2, 0, 3, 1, 4]));
  await same((random) => tf.transpose(random([2, 3, 4, 5]), [0, 1, 3, 2]));
  await same((random) => tf.transpose(random([4, 5])));
  await same((random) => tf.transpose(random([0, 3, 2]), [1, 0, 2]));
});

test('sums over rows, and all other sums', async () => {
  for (const rows of [1, 3, 4, 9]) await same((random) => tf.sum(random([rows, 6]), 0));
  await same((random) => tf.sum(random([5, 6]), 1));
  await same((random) => tf.sum(random([5, 6]), 0, true));
  await same((random) => tf.sum(random([5, 6, 2]), 0));
  await same((random) => tf.sum(random([5, 6])));
});

test('slices along the outermost axis, and all other slices', async () => {
  await same((random) => tf.slice(random([5, 3, 2]), [1, 0, 0], [3, 3, 2]));
  await same((random) => tf.slice(random([5, 3, 2]), [4, 0, 0], [1, 3, 2]));
  await same((random) => tf.slice(random([5, 3, 2]), [1, 1, 0], [3, 2, 2]));
  await same((random) => tf.slice(random([5, 3]), [2, 0]));
});

test("gather's gradient adds up repeated rows", async () => {
  await same((random) => {
    const ids = tf.tensor1d([2, 0, 2, 1, 2], 'int32');
    const weights = random([5, 3]);
    return tf.grad((x) => tf.sum(tf.mul(tf.gather(x, ids), weights)))(random([4, 3]));
  });
});

test('a heap near its end is refused before it is full', () => {
  const fake = (bytes: number): WasmBackend => ({ wasm: { HEAPU8: { buffer: { byteLength: bytes } } } }) as unknown as WasmBackend;
  checkHeap(fake(WASM_HEAP_LIMIT));
  assert.throws(() => checkHeap(fake(WASM_HEAP_LIMIT + 1)), { code: 'WASM_HEAP_FULL' });
  wasm.checkMemory();
});
