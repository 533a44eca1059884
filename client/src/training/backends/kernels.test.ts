import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { numbers } from '../testing.js';
import { openBackend, type Backend, type Tensor, type Tf } from './index.js';
import { tensorKernels } from './tensor-kernels.js';
import { checkHeap, floats, sizeOf, WASM_HEAP_LIMIT, addressOf, type TensorInfo, type WasmBackend } from './wasm-heap.js';
import { fastShape, MAT_MUL_SIGNATURE, multiply, multiplyByViews, type MatMulKernel } from './wasm-matmul.js';

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
  await same((random) => tf.matMul(random([1, 4, 5]), random([3, 6, 5]), false, true));
  await same((random) => tf.matMul(random([2, 1, 4, 5]), random([2, 3, 5, 6])));
  await same((random) => tf.fused.matMul({ a: random([9, 5]) as never, b: random([5, 11]) as never, bias: random([11]) }));
  await same((random) => tf.fused.matMul({ a: random([9, 5]) as never, b: random([5, 11]) as never, bias: random([11]), activation: 'relu' }));
});

test('products by the own kernel are those of the module as shipped, to the bit, and those of one rounding after the other', async () => {
  await tf.setBackend('wasm');
  const backend = tf.backend() as unknown as WasmBackend;
  const own = tensorKernels(backend);
  assert.ok(own, 'npm run build');
  const upstream = backend.wasm.cwrap('BatchMatMul', null, MAT_MUL_SIGNATURE) as MatMulKernel;
  const next = numbers(5);
  const operand = (shape: number[]): { tensor: Tensor; info: TensorInfo; values: Float32Array } => {
    const values = Float32Array.from({ length: sizeOf(shape) }, next);
    const tensor = tf.tensor(values, shape);
    return { tensor, info: { dataId: tensor.dataId, shape, dtype: 'float32' }, values };
  };
  for (const [m, k, n] of [[1, 1, 1], [4, 4, 8], [5, 7, 9], [131, 300, 17], [3, 260, 520]]) {
    for (const [ta, tb] of [[false, false], [true, false], [false, true], [true, true]]) {
      const a = operand(ta ? [2, k, m] : [2, m, k]);
      const b = operand(tb ? [2, n, k] : [2, k, n]);
      const shape = fastShape(a.info, b.info, ta, tb)!;
      const results: TensorInfo[] = [multiply(backend, own, a.info, b.info, shape), multiplyByViews(backend, upstream, a.info, b.info, shape)];
      const [x, y] = results.map((info) => floats(backend, addressOf(backend, info), 2 * m * n).slice());
      assert.ok(Buffer.from(x.buffer).equals(Buffer.from(y.buffer)), `${m}x${k}x${n} ${ta} ${tb}`);
      let sum = 0;
      for (let p = 0; p < k; p++) sum = Math.fround(sum + Math.fround(a.values[ta ? p * m + m - 1 : (m - 1) * k + p] * b.values[tb ? (n - 1) * k + p : p * n + n - 1]));
      assert.equal(x[m * n - 1], sum);
      for (const { dataId } of results) (backend as unknown as { disposeData(id: object): void }).disposeData(dataId);
      tf.dispose([a.tensor, b.tensor]);
    }
  }
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
  await same((random) => tf.sum(random([5, 1030]), 0));
  await same((random) => tf.sum(random([3, 4, 5]), [0, 1]));
  await same((random) => tf.sum(random([3, 4, 5]), [0, 2]));
  await same((random) => tf.sum(random([5, 6, 2]), 0));
  await same((random) => tf.sum(random([5, 6])));
});

test('slices along the outermost axis, and all other slices', async () => {
  await same((random) => tf.slice(random([5, 3, 2]), [1, 0, 0], [3, 3, 2]));
  await same((random) => tf.slice(random([5, 3, 2]), [4, 0, 0], [1, 3, 2]));
  await same((random) => tf.slice(random([5, 3, 2]), [1, 1, 0], [3, 2, 2]));
  await same((random) => tf.slice(random([5, 3]), [2, 0]));
});

test('rows by index, and a tensor that stands for the memory of another', async () => {
  const ids = [2, 0, 2];
  await same((random) => tf.gather(random([4, 5]), tf.tensor1d(ids, 'int32')));
  await same((random) => tf.gather(random([4, 2, 3]), tf.tensor2d([ids, ids], [2, 3], 'int32')));
  await same((random) => tf.gather(random([4, 5]), tf.tensor1d(ids, 'int32'), 1));
  await tf.setBackend('wasm');
  assert.throws(() => tf.gather(tf.zeros([4, 5]), tf.tensor1d([4], 'int32')), /4 is not in \[0, 3\]/);
  const x = tf.tensor1d([1, 2, 3]);
  const again = x.clone();
  x.dispose();
  assert.deepEqual([...(await again.data())], [1, 2, 3]);
  again.dispose();
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
