/**
 * `npm run test:chaos`: faults on real processes. Each scenario starts a validator and clients of its own, lets something
 * happen to them, and checks that honest clients finish with one model and that no point was lost.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { report } from './report.js';
import { type Outcome, runScenario, type Scenario } from './scenario.js';
import { SCENARIOS } from './scenarios/index.js';

interface Flags {
  only?: string[];
  ci: boolean;
  list: boolean;
  built: boolean;
  pace: number;
  patience: number;
  seed: number;
  logs?: string;
}

const flags = new Command('test:chaos')
  .description('faults on real processes: kills, pauses, slow and lossy links, dishonest peers')
  .option('--only <words...>', 'those whose name contains one of the words')
  .option('--ci', 'the eight that CI runs, in their short form', false)
  .option('--list', 'say what there is', false)
  .option('--built', 'start clients from dist/ (npm run build), in half the time', false)
  .option('--pace <factor>', 'more time for everything, on a busy machine', Number, 1)
  .option('--patience <factor>', 'more time for a scenario as a whole, where processes take long to start', Number, 1)
  .option('--seed <n>', 'which packets are lost, and the like', Number, 1)
  .option('--logs <folder>', 'write down there what happened in each, also where all went well')
  .parse()
  .opts<Flags>();

const chosen = SCENARIOS.filter((s) => (!flags.ci || s.ci) && (flags.only === undefined || flags.only.some((word) => s.name.includes(word))));
if (flags.list || chosen.length === 0) {
  for (const { name, says, ci } of SCENARIOS) console.log(`${name.padEnd(24)} ${ci ? 'CI' : '  '}  ${says}`);
  process.exit(flags.list ? 0 : 2);
}
if (!(flags.pace > 0) || !(flags.patience > 0) || !Number.isInteger(flags.seed)) {
  console.error('--pace and --patience take numbers above 0, --seed a whole one');
  process.exit(2);
}
if (process.platform !== 'linux') {
  console.error('test:chaos reads /proc, so it needs Linux');
  process.exit(2);
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(name)));
const outcomes: Outcome[] = [];
for (const scenario of chosen) {
  if (stop.signal.aborted) break;
  const outcome = await runScenario(scenario, flags, stop.signal);
  outcomes.push(outcome);
  tell(scenario, outcome);
}
console.log(`\n${report(outcomes)}`);
// Not left to the event loop: Node 20 sometimes spins for ever in its own clean-up over a socket that was reset while half closed.
process.exit(outcomes.some((o) => o.problems.length > 0) || stop.signal.aborted ? 1 : 0);

function tell({ name }: Scenario, { problems, seconds, steps, log }: Outcome): void {
  const failed = problems.length > 0;
  console.log(`${failed ? '✗' : '✔'} ${name}: ${steps} steps in ${seconds.toFixed(1)} s`);
  for (const problem of problems) console.log(`  ${problem}`);
  if (flags.logs !== undefined) {
    mkdirSync(flags.logs, { recursive: true });
    writeFileSync(join(flags.logs, `${name}.log`), `${[...log, ...problems].join('\n')}\n`);
  } else if (failed) console.log(log.slice(-60).map((line) => `    ${line}`).join('\n'));
}
