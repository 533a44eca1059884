import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applySigns } from '../optimizer/apply.js';
import { decodeBody, encodeBody } from '../optimizer/body-code.js';
import { extract } from '../optimizer/compress.js';
import { matrixPlan, randomCoefficients } from '../optimizer/testing.js';
import { numbers } from '../testing.js';
import { kernelBinary } from './binary.js';
import { kernels, withoutKernels } from './instance.js';

test('the kernels are there and belong to their sources', () => {
  const module = kernelBinary();
  assert.ok(typeof module !== 'string', `${String(module)}: run npm run build`);
  assert.ok(kernels());
});

test('extraction by the kernel and in plain JavaScript gives the same bits', () => {
  // Sides of every kind: powers of two, folded once, odd, prime, one; and chunks of the largest size.
  const shapes = [[64, 128, 64], [60, 36, 20], [7, 33, 64], [1, 192, 64], [128, 1, 64], [24, 10, 5], [9, 15, 8], [256, 256, 256], [58, 29, 29]];
  for (const transform of ['dct', 'none'] as const) {
    for (const bits of [1, 2, 16] as const) {
      for (const [rows, columns, chunkSize] of shapes) {
        for (const k of [1, 5, 64, 70_000]) {
          if (transform === 'dct' && bits === 1 && k > 5) continue;
          const plan = matrixPlan(rows, columns, { transform, bits, k, chunkSize });
          const next = numbers(rows + columns + k);
          const update = Float32Array.from({ length: rows * columns }, () => Math.round(next() * 50) / 32 * next());
          const residual = Float32Array.from(update, () => next());
          const twin = residual.slice();
          for (let step = 0; step < 2; step++) {
            const fast = extract(residual, update, 0.9, plan);
            const plain = withoutKernels(() => extract(twin, update, 0.9, plan));
            assert.deepEqual(fast, plain);
            assert.deepEqual(residual, twin);
          }
        }
      }
    }
  }
});

test('coding by the kernel and in plain JavaScript gives the same bytes', () => {
  const shapes = [[128, 64, 64], [60, 36, 20], [7, 33, 64], [1, 192, 64], [512, 256, 256], [58, 29, 29]];
  for (const bits of [1, 2, 16] as const) {
    for (const [rows, columns, chunkSize] of shapes) {
      for (const k of [1, 4, 40, 900, 40_000]) {
        const plan = matrixPlan(rows, columns, { transform: 'none', bits, k, chunkSize });
        if (k > plan.chunks[0].rows * plan.chunks[0].columns) continue;
        for (const steepness of [1, 4]) {
          const coefficients = randomCoefficients(plan, numbers(rows + k + bits), k > 40 ? 1 : steepness);
          const body = encodeBody(plan, coefficients);
          assert.equal(Buffer.compare(body, withoutKernels(() => encodeBody(plan, coefficients))), 0);
          assert.deepEqual(decodeBody(plan, body), coefficients);
          assert.deepEqual(withoutKernels(() => decodeBody(plan, body)), coefficients);
        }
      }
    }
  }
});

test('garbage is garbage to the kernel and in plain JavaScript alike', () => {
  const next = numbers(3);
  for (const bits of [1, 2, 16] as const) {
    const plan = matrixPlan(6, 4, { transform: 'none', bits, k: 2, chunkSize: 3 });
    for (let run = 0; run < 2000; run++) {
      const body = Uint8Array.from({ length: run % 5 }, () => Math.floor((next() + 1) * 128));
      assert.deepEqual(decodeBody(plan, body), withoutKernels(() => decodeBody(plan, body)));
    }
  }
});

test('the step by the kernel and in plain JavaScript gives the same parameters', () => {
  const shapes = [[64, 128, 64], [60, 36, 20], [7, 33, 64], [1, 192, 64], [9, 15, 8], [256, 256, 256], [58, 29, 29], [128, 1, 64]];
  for (const [rows, columns, chunkSize] of shapes) {
    // Few votes, where pairs of rows fit 16 bits, and many on few places, where they do not.
    for (const [members, k, steepness] of [[1, 1, 1], [3, 4, 1], [40, 8, 6], [256, 4, 12]]) {
      for (const bits of [1, 2, 16] as const) {
        const plan = matrixPlan(rows, columns, { bits, k, chunkSize });
        const next = numbers(rows + members);
        const contributions = Array.from({ length: members }, () => randomCoefficients(plan, next, rows * columns > 200 ? steepness : 1));
        if (members === 256) for (const { values } of contributions) values.fill(bits === 16 ? 32_767 : 1);
        const parameters = Float32Array.from({ length: rows * columns }, next);
        const twin = parameters.slice();
        const factors = { learningRate: Math.fround(0.003), decay: Math.fround(0.999) };
        applySigns(parameters, plan, contributions, factors);
        withoutKernels(() => applySigns(twin, plan, contributions, factors));
        assert.deepEqual(parameters, twin);
      }
    }
  }
});
