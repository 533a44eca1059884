import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StateDir } from '../store/state-dir.js';
import type { TrainingEngine } from '../training/index.js';
import type { Context } from './context.js';
import { Duties } from './duties.js';
import { ResidualKeeper, restoreResidual } from './residual.js';

test('a residual is saved in mid-epoch once a minute, and less often where it takes long', async () => {
  let time = 0;
  let took = 10;
  const saved: [number, number][] = [];
  const engine = { optimizerStep: undefined as number | undefined, saveOptimizer: async () => ((time += took), new Uint8Array(1)) };
  const context = { engine, store: { saveOptimizer: async (_: Uint8Array, step: number) => void saved.push([time, step]) }, view: { epoch: 0 }, emit: assert.fail } as unknown as Context;
  const duties = new Duties(new AbortController().signal, (_, error) => assert.fail(error as Error));
  const keeper = new ResidualKeeper(() => time);
  const until = async (end: number): Promise<void> => {
    for (; time < end; time += 1000) {
      engine.optimizerStep = Math.floor(time / 30_000);
      keeper.keep(context, duties);
      await duties.idle();
    }
  };
  keeper.keep(context, duties);
  await until(150_000);
  assert.deepEqual(saved.map(([, step]) => step), [2, 4]);
  took = 4000;
  await until(1_000_000);
  const pauses = saved.slice(3).map(([at], i) => at - saved[i + 2][0]);
  assert.ok(pauses.length > 2 && pauses.every((pause) => pause >= 50 * 4000), String(pauses));
});

test('one that cannot be read is done without', () => {
  const codes: string[] = [];
  const loaded: unknown[] = [];
  const engine = { loadOptimizer: (bytes: Uint8Array, step: number) => loaded.push(bytes, step), resetOptimizer: () => loaded.push('reset') } as unknown as TrainingEngine;
  const restore = (load: () => unknown): void => restoreResidual(engine, { loadOptimizer: load } as unknown as StateDir, (e) => codes.push((e as { code: string }).code));
  restore(() => undefined);
  restore(() => ({ bytes: Uint8Array.of(1), step: 9 }));
  restore(() => {
    throw new Error('torn');
  });
  assert.deepEqual(loaded, [Uint8Array.of(1), 9, 'reset']);
  assert.deepEqual(codes, ['OPTIMIZER_STATE']);
});
