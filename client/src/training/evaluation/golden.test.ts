import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openBackend } from '../backends/index.js';
import { modelLayout, parameterCount } from '../model/layout.js';
import { createModel } from '../model/model.js';
import { numbers } from '../testing.js';
import { encodePair, evaluateTask, Scorer, type Task, type TaskItem } from './index.js';
import { contextOf } from './task.js';

interface Golden {
  seed: number;
  scale: number;
  contextLength: number;
  items: TaskItem[];
  runs: ({ fewShot: number; logLikelihoods: number[][] } & Record<'acc' | 'acc_stderr' | 'acc_norm' | 'acc_norm_stderr' | 'acc_bytes' | 'acc_bytes_stderr', number>)[];
}

test('a Llama is scored as by lm-evaluation-harness itself, solved examples and cut contexts included', async () => {
  const golden = JSON.parse(readFileSync(new URL('golden/harness.json', import.meta.url), 'utf8')) as Golden;
  const { contextLength, items } = golden;
  const config = {
    ...{ architecture: 'llama' as const, vocabSize: 256, contextLength, layers: 2, heads: 4, keyValueHeads: 2, headSize: 8, width: 32, hiddenWidth: 64 },
    ...{ normEpsilon: '0.00001', ropeTheta: 10000, tiedEmbeddings: false },
  };
  const random = numbers(golden.seed);
  const parameters = Float32Array.from({ length: parameterCount(modelLayout(config)) }, () => random() * golden.scale);
  const bytes = { encode: (text: string): Int32Array => Int32Array.from(Buffer.from(text)) };
  const backend = await openBackend({ backend: 'wasm' });
  const model = createModel(backend, config);
  const scorer = new Scorer(backend, model, parameters);
  for (const run of golden.runs) {
    const task: Task = { name: 'golden', items, delimiter: ' ', fewShot: run.fewShot, fewShotItems: items };
    const pairs = items.flatMap(({ choices }, i) => choices.map((choice) => encodePair(bytes, contextOf(task, i), ` ${choice}`, contextLength)));
    const wanted = run.logLikelihoods.flat();
    (await scorer.logLikelihoods(pairs)).forEach((found, i) => assert.ok(Math.abs(found - wanted[i]) < 5e-5, `${i}: ${found}, not ${wanted[i]}`));
    const { acc, accNorm, accBytes } = await evaluateTask(scorer, bytes, task);
    assert.deepEqual([acc.value, accNorm.value, accBytes.value], [run.acc, run.acc_norm, run.acc_bytes]);
    const errors = [acc.stderr - run.acc_stderr, accNorm.stderr - run.acc_norm_stderr, accBytes.stderr - run.acc_bytes_stderr];
    assert.ok(errors.every((e) => Math.abs(e) < 1e-12), String(errors));
  }
  scorer.dispose();
  model.dispose();
});
