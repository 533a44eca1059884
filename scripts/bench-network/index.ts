import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { PROJECT_ROOT } from '../../client/src/version.js';
import { type Bench, measure, type Part, PARTS, type Plan } from './bench.js';
import { figures, updatePage } from './page.js';
import { plot } from './plot.js';
import type { Size } from './stage.js';

interface Options {
  quick: boolean;
  only?: Part[];
  clients?: number[];
  sizes?: Size[];
  members?: number[];
  rounds?: number;
  train?: number;
  output: 'text' | 'json';
  resume: boolean;
  report?: boolean;
  write?: boolean;
  out: string;
}

const published = join(PROJECT_ROOT, 'docs', 'network-scale');

/** A connection of 100 Mbit/s down and 10 up, as far from the others as the other side of a continent. */
const HOME = { upBitsPerSecond: 10e6, downBitsPerSecond: 100e6, roundTripMs: 80 };

const FULL: Plan = {
  sizes: ['small', 'large'], clients: [8, 16, 32, 64], rounds: 8, trainMs: 5_000, slotMs: 400, crowd: [256], crowdRounds: 8,
  homes: 8, line: HOME, times: [1, 2, 4, 8, 16, 32, 64].map((s) => 1000 * s), timeRounds: 4, seek: true,
};
/** Whether all of it works, in a few minutes. */
const QUICK: Plan = {
  ...FULL, sizes: ['small'], clients: [4], rounds: 2, trainMs: 2_000, crowd: [16], crowdRounds: 2, homes: 4, times: [1_000, 4_000], timeRounds: 2, seek: false,
};

const natural = (value: string, earlier: number[] = []): number[] => {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new InvalidArgumentError('a whole number above 0 is needed.');
  return [...earlier, Number(value)];
};
const one = (value: string): number => natural(value)[0];

/** `npm run bench:network`: what the network costs with many members, and how much of the time is left for training. */
const options = new Command('bench:network')
  .description('what whole clients with recorded gradients cost each other; hundreds of members on the chain; utilisation of home connections')
  .option('--quick', 'a few clients and rounds, to see that it works: four minutes on two quiet cores', false)
  .addOption(new Option('--only <parts...>', 'some of it').choices(PARTS))
  .option('--clients <n...>', 'how many clients (default: 8 16 32 64)', natural)
  .addOption(new Option('--sizes <names...>', 'payloads of the demo\'s model, of 100 M parameters, or both').choices(['small', 'large']))
  .option('--members <n...>', 'how many on the chain alone (default: 256)', natural)
  .option('--rounds <n>', 'rounds that count (default: 8)', one)
  .option('--train <seconds>', 'how long a step trains, where it is not what is varied (default: 5)', one)
  .addOption(new Option('--output <format>').choices(['text', 'json']).default('text'))
  .option('--no-resume', 'measure anew what has been measured with the same settings')
  .option('--report', 'measure nothing: show what is published in docs/network-scale/')
  .option('--write', 'write docs/network-scale.md\'s tables and docs/network-scale/ anew, too')
  .option('--out <folder>', 'where recorded payloads and finished parts are kept', join(PROJECT_ROOT, 'target', 'bench-network'))
  .parse()
  .opts<Options>();

const stop = new AbortController();
const stopped = new Error('Stopped. Finished parts are kept; the same command goes on from there.');
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(stopped));

try {
  await publish(options.report ? (JSON.parse(await readFile(join(published, 'bench.json'), 'utf8')) as Bench) : await measure({
    plan: planOf(options),
    parts: options.only ?? PARTS,
    folder: options.out,
    resume: options.resume,
    // Standard output is the tables' alone.
    log: (line) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`),
    signal: stop.signal,
  }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function planOf({ quick, clients, sizes, members, rounds, train }: Options): Plan {
  const plan = quick ? QUICK : FULL;
  return {
    ...plan,
    clients: clients ?? plan.clients,
    sizes: sizes ?? plan.sizes,
    crowd: members ?? plan.crowd,
    rounds: rounds ?? plan.rounds,
    crowdRounds: rounds ?? plan.crowdRounds,
    trainMs: train === undefined ? plan.trainMs : 1000 * train,
  };
}

async function publish(bench: Bench): Promise<void> {
  for (const folder of [options.out, ...(options.write ? [published] : [])]) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'bench.json'), `${JSON.stringify(bench, null, 1)}\n`);
    if (bench.utilisation !== undefined) await writeFile(join(folder, 'utilisation.svg'), plot(bench.utilisation));
  }
  if (options.write) await updatePage(join(PROJECT_ROOT, 'docs', 'network-scale.md'), bench);
  console.log(options.output === 'json' ? JSON.stringify(bench, null, 2) : figures(bench));
}
