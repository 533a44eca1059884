import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEST_FIRST, BackendUnavailable, openBackend } from './index.js';
import { loadTensorflow } from './tensorflow.js';

test('wasm is there wherever the packages are, and says what it is', async () => {
  const wasm = await openBackend({ backend: 'wasm', threads: 1 });
  assert.equal(wasm.tf, loadTensorflow());
  assert.deepEqual([wasm.kind, wasm.name, wasm.precision, wasm.reproducible], ['wasm', 'wasm (SIMD, 1 thread)', 'float32', true]);
  assert.ok(wasm.memoryLimit! < 2 ** 32 && wasm.device !== '');
});

// Of the optional ones a machine may have any: each opens, or says what to do.
for (const [kind, advice] of [['gpu', /setup:native -- gpu|nvidia-smi/], ['webgpu', /npm install/]] as const) {
  test(`${kind} opens, or says what to do`, async () => {
    try {
      assert.equal((await openBackend({ backend: kind })).kind, kind);
    } catch (error) {
      assert.ok(error instanceof BackendUnavailable);
      assert.equal(error.code, 'BACKEND_UNAVAILABLE');
      assert.match(error.message, new RegExp(`^The backend ${kind} cannot be used here: `));
      assert.match(error.advice, advice);
    }
  });
}

test('PSYCHE_BACKEND stands in for auto, but not for a flag', async () => {
  const before = process.env.PSYCHE_BACKEND;
  try {
    process.env.PSYCHE_BACKEND = 'wasm';
    const lines: string[] = [];
    assert.equal((await openBackend({ log: (line) => lines.push(line) })).kind, 'wasm');
    assert.deepEqual(lines, []);
    assert.equal((await openBackend({ backend: 'cpu' })).kind, 'cpu');
    process.env.PSYCHE_BACKEND = 'abacus';
    await assert.rejects(openBackend(), { code: 'BACKEND_UNKNOWN', message: /abacus.*gpu, webgpu, node, wasm/ });
  } finally {
    if (before === undefined) delete process.env.PSYCHE_BACKEND;
    else process.env.PSYCHE_BACKEND = before;
  }
});

test('by itself it takes what works here, best first, and says so in one line', async () => {
  const before = process.env.PSYCHE_BACKEND;
  delete process.env.PSYCHE_BACKEND;
  try {
    const lines: string[] = [];
    const { kind, name } = await openBackend({ log: (line) => lines.push(line) });
    assert.ok((BEST_FIRST as readonly string[]).includes(kind));
    assert.equal(lines.length, 1);
    assert.ok(lines[0].startsWith(`Gradients by ${name} on `), lines[0]);
  } finally {
    if (before !== undefined) process.env.PSYCHE_BACKEND = before;
  }
});
