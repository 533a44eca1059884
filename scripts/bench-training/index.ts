import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { BackendChoice } from '../../client/src/training/backends/index.js';
import { compare } from './comparison.js';
import { updatePage } from './page.js';
import { plot } from './plot.js';
import { BUDGET, QUICK, QUICK_ROWS, ROWS, withSettings, type Row } from './rows.js';
import { summarize, type Bench } from './summary.js';
import { table } from './table.js';

interface Options {
  quick?: boolean;
  only?: string[];
  seeds?: number;
  steps?: number;
  batch?: number;
  set?: string[];
  jobs: number;
  backend: BackendChoice;
  output: 'text' | 'json';
  resume: boolean;
  run: boolean;
  records: string;
  out: string;
  write?: boolean;
  report?: boolean;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const published = join(root, 'docs', 'training');

const natural = (value: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError('a whole number above 0 is needed.');
  return Number(value);
};

/** `npm run bench:training`: how each optimizer learns, and what it sends for it. */
const options = new Command('bench:training')
  .description('held-out loss, bytes and speed of AdamW, DisTrO and SparseLoCo on the shipped text, with equal batches and steps')
  .option('--quick', 'a first look of about two minutes: fewer rows, one seed, 60 steps')
  .option('--only <words...>', 'rows by their names, or by a part of them')
  .option('--seeds <n>', 'seeds 1 to n of every row (default: 3, with --quick 1)', natural)
  .option('--steps <n>', 'local steps of the rows that share a budget; a multiple of 30', natural)
  .option('--batch <n>', 'sequences per step of these rows', natural)
  .option('--set <settings...>', 'other settings to try, such as optimizer.compressionDecay=0.98 schedule.baseLearningRate=0.003')
  .option('--jobs <n>', 'processes side by side, one thread each', natural, 2)
  .addOption(new Option('--backend <name>', 'what computes gradients').choices(['auto', 'wasm', 'node', 'gpu']).default('auto'))
  .addOption(new Option('--output <format>').choices(['text', 'json']).default('text'))
  .option('--no-resume', 'run anew what has been run with the same settings and code')
  .option('--no-run', 'run nothing: show what has been run so far')
  .option('--records <file>', 'where finished runs are kept', join(root, 'target', 'bench-training', 'records.jsonl'))
  .option('--out <folder>', 'where the plot and its data are written', join(root, 'target', 'bench-training'))
  .option('--write', 'write docs/training.md\'s table and docs/training/ anew, too')
  .option('--report', 'run nothing: show what is published in docs/training/')
  .parse()
  .opts<Options>();

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('Stopped. Finished runs are kept; the same command goes on from there.')));

try {
  await publish(options.report ? (JSON.parse(await readFile(join(published, 'bench.json'), 'utf8')) as Bench) : await measure());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function measure(): Promise<Bench> {
  const { quick, jobs, backend, resume, run } = options;
  return compare(withSettings(chosen(), options.set ?? []), {
    budget: { ...(quick ? QUICK : BUDGET), ...(options.steps ? { steps: options.steps } : {}), ...(options.batch ? { batch: options.batch } : {}) },
    seeds: Array.from({ length: options.seeds ?? (quick ? 1 : 3) }, (_, i) => i + 1),
    textPath: join(root, 'data', 'tinyshakespeare.txt'),
    recordsPath: options.records,
    resume,
    run,
    jobs,
    backend,
    // Standard output is the table's alone.
    progress: (line) => process.stderr.write(`${line}\n`),
    signal: stop.signal,
  });
}

function chosen(): readonly Row[] {
  const { only, quick } = options;
  if (!only) return quick ? ROWS.filter((row) => QUICK_ROWS.includes(row.id)) : ROWS;
  // A whole name means that row alone, though others' names begin with it.
  const isName = (word: string) => ROWS.some((row) => row.id === word);
  const rows = ROWS.filter((row) => only.some((word) => (isName(word) ? row.id === word : row.id.includes(word))));
  if (rows.length === 0) throw new Error(`No row's name contains ${only.join(' or ')}. There are: ${ROWS.map((row) => row.id).join(', ')}.`);
  return rows;
}

async function publish(bench: Bench): Promise<void> {
  for (const folder of [options.out, ...(options.write ? [published] : [])]) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'bench.json'), `${JSON.stringify(bench, null, 1)}\n`);
    await writeFile(join(folder, 'bench.svg'), plot(bench));
  }
  if (options.write) await updatePage(join(root, 'docs', 'training.md'), bench);
  if (options.output === 'json') console.log(JSON.stringify({ ...bench, summary: summarize(bench) }, null, 2));
  else console.log(`\n${table(bench)}\nPlot: ${join(options.out, 'bench.svg')}`);
}
