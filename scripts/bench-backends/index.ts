/**
 * npm run bench:backends [-- --model gpt2-0.8m|llama-100m|llama-1b] [--backends wasm,node] [--threads 1] [--runs 5] [--ms 3000]
 *
 * Tokens per second, forward and backward, of this client's backends beside PyTorch (eager, float32) on this machine: the
 * same model, weights and batch, the same number of threads, processes that take turns. Losses and gradients are compared
 * first. PyTorch is installed on first use (PSYCHE_PYTHON names a Python that has it).
 *
 * On a machine with an NVIDIA GPU: --backends gpu --model llama-100m compares with PyTorch on the same GPU.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { initialWeights } from '../../client/src/training/model/initialize.js';
import { modelLayout } from '../../client/src/training/model/layout.js';
import { openPython } from '../../tests/pytorch/python.js';
import { Contestant, type Ready, type Run } from './contestant.js';
import { hashing } from './hashing.js';
import { MODELS } from './models.js';
import { figuresOf, report, type Turn } from './report.js';
import { useOf } from './utilisation.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** A run's time is cut into so many turns, so that whatever else the machine does falls on all alike. */
const TURNS = 6;

/** Model, weights and batch as files, for both sides to read. */
async function prepare(folder: string, modelName: string, kinds: readonly string[]): Promise<void> {
  const { config, batch } = MODELS[modelName];
  const layout = modelLayout(config);
  const tokens = new Int32Array(batch * (config.contextLength + 1));
  let state = 1;
  // A stream of tokens of which some are likelier than others.
  for (let i = 0; i < tokens.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    tokens[i] = Math.floor((state / 2 ** 32) ** 2 * config.vocabSize);
  }
  const files: [string, string | NodeJS.ArrayBufferView][] = [
    ['config.json', JSON.stringify(config)], ['layout.json', JSON.stringify(layout)], ['batch.json', String(batch)], ['kinds.json', JSON.stringify(kinds)],
    ['parameters.f32', initialWeights(new Uint8Array(32).fill(7), config, layout)], ['tokens.i32', tokens],
  ];
  for (const [name, contents] of files) await writeFile(join(folder, name), contents);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'gpt2-0.8m' }, backends: { type: 'string', default: 'node,wasm' }, threads: { type: 'string', default: '1' },
      runs: { type: 'string', default: '5' }, ms: { type: 'string', default: '3000' }, output: { type: 'string', default: 'text' }, 'skip-hashing': { type: 'boolean', default: false },
    },
  });
  const [threads, runs, ms] = [values.threads, values.runs, values.ms].map(Number);
  if (!(values.model in MODELS)) throw new Error(`--model is one of ${Object.keys(MODELS).join(', ')}`);
  if (!(threads >= 1 && runs >= 1 && ms >= 1)) throw new Error('--threads, --runs and --ms are whole numbers from 1');
  const kinds = values.backends.split(',');
  const log = (line: string): void => console.error(line);
  const python = await openPython(log);
  const folder = await mkdtemp(join(tmpdir(), 'psyche-bench-'));
  const contestants = new Map<string, Contestant>();
  try {
    await prepare(folder, values.model, kinds);
    const ready: Record<string, Ready> = {};
    const limits = { TF_NUM_INTRAOP_THREADS: String(threads), TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: String(threads) };
    for (const kind of kinds) {
      log(`preparing ${kind}`);
      const contestant = new Contestant(process.execPath, ['--import', 'tsx', here('ours.ts'), kind, String(threads), values.model, folder], limits);
      contestants.set(kind, contestant);
      ready[kind] = await contestant.ready;
    }
    log('preparing PyTorch');
    const device = kinds.includes('gpu') ? 'cuda' : 'cpu';
    contestants.set('pytorch', new Contestant(python, [here('pytorch.py'), String(threads), device, folder], limits));
    ready.pytorch = await contestants.get('pytorch')!.ready;
    const results: Record<string, Turn[][]> = {};
    for (let run = 0; run < runs; run++) {
      log(`run ${run + 1} of ${runs}`);
      for (const kind of contestants.keys()) (results[kind] ??= []).push([]);
      for (let turn = 0; turn < TURNS; turn++) {
        for (const [kind, contestant] of contestants) {
          const work = (): Promise<Run> => contestant.run(ms / TURNS);
          results[kind][run].push(await (device === 'cuda' ? useOf(work) : work()));
        }
      }
    }
    const hashes = values['skip-hashing'] ? [] : await hashing();
    const figures = figuresOf(values.model, threads, availableParallelism(), ready, results, hashes);
    console.log(values.output === 'json' ? JSON.stringify(figures) : report(figures));
  } finally {
    for (const contestant of contestants.values()) contestant.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await main().catch((error: Error) => {
  console.error(`bench:backends: ${error.message}`);
  process.exitCode = 1;
});
