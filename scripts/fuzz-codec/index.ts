/**
 * Feeds the payload codec what nobody encoded: with the kernels, then in plain JavaScript.
 *
 *     npm run test:fuzz [-- --cases 1000000] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { kernels, withoutKernels } from '../../client/src/training/kernels/instance.js';
import { fuzzPayloads, type FuzzReport } from '../../client/src/training/optimizer/fuzz.js';

/** No case of these small shapes may take more processor time, collecting garbage included. */
const MOST_MILLISECONDS = 500;
/** What the process may have grown by. */
const MOST_MEGABYTES = 512;

const { values: options } = parseArgs({ options: { cases: { type: 'string', default: '1000000' }, seed: { type: 'string' } } });
const cases = Number(options.cases);
const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) {
  console.error('fuzz-codec [--cases <n>] [--seed <n>]');
  process.exit(2);
}
if (!kernels()) process.exit(1);

const before = process.memoryUsage().rss;
console.log(`${cases} cases, seed ${seed}`);
report('WebAssembly kernels', fuzzPayloads(cases, seed));
// The plain twins are slower, and the tests compare them with the kernels case by case.
report('plain JavaScript', withoutKernels(() => fuzzPayloads(Math.ceil(cases / 10), seed + 1)));
const grown = (process.memoryUsage().rss - before) / 2 ** 20;
console.log(`memory grown by ${grown.toFixed(0)} MiB`);
if (grown > MOST_MEGABYTES) fail(`more than ${MOST_MEGABYTES} MiB`);

function report(name: string, { cases: done, accepted, refused, milliseconds }: FuzzReport): void {
  console.log(`${name}: ${done} cases, ${accepted} encodings, refused ${[...refused].map(([code, n]) => `${code} ${n}`).join(', ')}; slowest ${milliseconds.toFixed(1)} ms`);
  if (milliseconds > MOST_MILLISECONDS) fail(`a case took ${milliseconds.toFixed(0)} ms`);
}

function fail(reason: string): never {
  console.error(`failed: ${reason} (seed ${seed})`);
  process.exit(1);
}
