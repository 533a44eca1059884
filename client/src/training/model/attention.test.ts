import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { openBackend, type Backend, type Tensor } from '../backends/index.js';
import { numbers } from '../testing.js';
import { attention, headsAtOnce } from './attention.js';
import { headLoss, rowsAtOnce } from './head-loss.js';
import { Masks } from './masks.js';

let backend: Backend;
before(async () => {
  backend = await openBackend({ backend: 'wasm' });
});

const BATCH = 2;
const LENGTH = 6;
const HEADS = 4;

function random(seed: number, ...shape: number[]): Tensor {
  const next = numbers(seed);
  return backend.tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, next), shape);
}

/** Values and all gradients of a function of tensors, weighted so that every number counts. */
function derivatives(f: (...inputs: Tensor[]) => Tensor, inputs: Tensor[]): number[] {
  const { tf } = backend;
  return tf.tidy(() => {
    const { value, grads } = tf.valueAndGrads((...xs) => {
      const y = f(...xs);
      return tf.sum(tf.mul(y, random(77, ...(y.rank === 0 ? [1] : y.shape)))) as never;
    })(inputs);
    return [value, ...grads].flatMap((t) => [...t.dataSync()]);
  });
}

function assertClose(actual: number[], expected: number[], what: string): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((v, i) => assert.ok(Math.abs(v - expected[i]) < 2e-6, `${what}, number ${i}: ${v}, not ${expected[i]}`));
}

const KINDS = { grouped: [2], 'one shared key': [1], 'latent, a product of own keys and one of a shared key': [4, 1] };

for (const [kind, keyHeads] of Object.entries(KINDS)) {
  test(`attention a few heads at a time is attention (${kind})`, () => {
    const { tf } = backend;
    const valueHeads = Math.max(...keyHeads);
    const queries = keyHeads.map((_, i) => random(i + 1, BATCH * HEADS, LENGTH, 3 + i));
    const keys = keyHeads.map((n, i) => random(i + 11, BATCH * n, LENGTH, 3 + i));
    const inputs = [...queries, ...keys, random(21, BATCH * valueHeads, LENGTH, 5)];
    // A separator in the second sequence alone, so that their masks differ.
    const tokens = Int32Array.from({ length: BATCH * LENGTH }, (_, i) => (i === LENGTH + 2 ? 9 : 1));
    for (const separator of [undefined, 9]) {
      const masks = new Masks(tf, separator);
      const mask = masks.of(tokens, BATCH, LENGTH);
      const with_ = (atOnce: number): number[] =>
        derivatives((...xs) => {
          const n = keyHeads.length;
          return attention(tf, xs.slice(0, n), xs.slice(n, 2 * n), xs[2 * n], mask, { batch: BATCH, length: LENGTH, heads: HEADS, atOnce });
        }, inputs);
      const whole = with_(BATCH * HEADS);
      for (const atOnce of [4, 2, 1]) assertClose(with_(atOnce), whole, `${atOnce} heads at once, separator ${separator}`);
      masks.dispose();
      mask.dispose();
    }
    tf.dispose(inputs);
    assert.equal(tf.memory().numTensors, 0);
  });
}

test('heads at once fit the limit and never part heads from a key they share by halves', () => {
  assert.equal(headsAtOnce(2, 64, 8, [4]), 16);
  // One head's scores at 4,096 tokens are 64 MiB.
  assert.equal(headsAtOnce(1, 4096, 8, [4]), 2);
  assert.equal(headsAtOnce(1, 4096, 6, [3]), 1);
  assert.equal(headsAtOnce(3, 2048, 12, [1, 12]), 6);
  assert.equal(headsAtOnce(1, 1 << 17, 8, [8]), 1);
});

test('the head a few rows at a time is the head, and its loss is cross-entropy', () => {
  const { tf } = backend;
  const inputs = [random(1, 7, 5), random(2, 11, 5)];
  const targets = Int32Array.of(3, 0, 10, 3, 3, 7, 1);
  const by = (step?: number): number[] => derivatives((x, w) => headLoss(tf, x, w, targets, step), inputs);
  const plain = derivatives((x, w) => {
    const logits = tf.matMul(x, w, false, true);
    const wanted = tf.oneHot(tf.tensor1d(targets, 'int32'), 11).toFloat();
    return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), wanted), -1)));
  }, inputs);
  assertClose(by(), plain, 'whole');
  for (const step of [3, 1]) assertClose(by(step), plain, `${step} rows at once`);
  tf.dispose(inputs);
  assert.equal(tf.memory().numTensors, 0);
  assert.equal(rowsAtOnce(100, 256), 100);
  assert.equal(rowsAtOnce(4096, 128_256), 130);
});
