import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const program = (threads: number): string => `(async () => {
  const { TrainingEngine } = await import('./client/src/training/index.ts');
  const { smallManifest, numbers } = await import('./client/src/training/testing.ts');
  const engine = await TrainingEngine.create(smallManifest(), { backend: 'wasm', threads: ${threads}, microBatch: 2 });
  await engine.initialParameters();
  const next = numbers(1);
  const sequences = Array.from({ length: 7 }, () => Int32Array.from({ length: 17 }, () => Math.floor((next() + 1) * 128)));
  await engine.train(sequences, 0);
  const { payload, stateRootAfter } = await engine.makePayload({ runHash: new Uint8Array(32), epoch: 0, round: 0, index: 0 });
  await engine.dispose();
  console.log(JSON.stringify([engine.backend, Buffer.from(stateRootAfter).toString('hex'), Buffer.from(payload).toString('hex')]));
})()`;

test('gradients are the same bytes in every process and with any number of threads', { timeout: 120_000 }, async () => {
  const results = await Promise.all(
    [1, 2].map(async (threads) => {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', program(threads)]);
      assert.equal(stderr, '');
      return JSON.parse(stdout) as string[];
    }),
  );
  assert.deepEqual(results.map((r) => r[0]), ['wasm (SIMD, 1 thread)', 'wasm (SIMD, 2 threads)']);
  assert.deepEqual(results[0].slice(1), results[1].slice(1));
});
