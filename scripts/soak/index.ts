/**
 * `npm run soak -- --minutes N`: clients come and go without an end, 8 at a time, and the run has to go on. At the end
 * everybody who is there must have one model, and no point may be lost: what every scenario of test:chaos promises.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { facts } from '../../client/src/cli/common/output.js';
import { brokenByMemory, brokenByRun, watchOutput } from '../../tests/chaos/checks.js';
import { ChaosNetwork } from '../../tests/chaos/network.js';
import { patience } from '../../tests/chaos/patience.js';
import { leftBehind } from '../../tests/chaos/scenario.js';
import { AT_ONCE, type Accidents, churn } from './churn.js';
import { Watchdog } from './watchdog.js';

/** Keys that take turns: more than run at a time, so that some are always away for long. */
const CLIENTS = 12;
/** What the end may take once nobody dies any more, seconds. */
const END_SECONDS = 300;

const flags = new Command('soak')
  .description(`every 0.5 to 5 s a client starts or is killed, ${AT_ONCE} at a time; a watchdog ends a run that makes no steps`)
  .requiredOption('--minutes <n>', 'how long', Number)
  .option('--patience <seconds>', 'without a step, before the watchdog ends it', Number, 180)
  .option('--seed <n>', 'decides who comes and goes when', Number, 1)
  .option('--pace <factor>', 'more time for everything, on a busy machine', Number, 1)
  .option('--built', 'start clients from dist/ (npm run build), in half the time', false)
  .option('--log <file>', 'write down what happened')
  .parse()
  .opts<{ minutes: number; patience: number; seed: number; pace: number; built: boolean; log?: string }>();
if (!(flags.minutes > 0) || !(flags.patience > 0) || !(flags.pace > 0) || !Number.isInteger(flags.seed)) {
  console.error('--minutes, --patience and --pace take numbers above 0, --seed a whole one');
  process.exit(2);
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(name)));
const limit = patience(flags.minutes * 60 + END_SECONDS * flags.pace, stop.signal);
const problems: string[] = [];
const net = await ChaosNetwork.start(
  {
    clients: CLIENTS,
    first: AT_ONCE,
    // A member that dies while it waits for an epoch costs the others a Warmup, so that is short.
    config: { initMinClients: 3, minClients: 2, warmupTime: 8, maxRoundTrainTime: 4, roundWitnessTime: 2, epochTime: 20, totalSteps: 1_000_000 },
  },
  { ...flags, patience: 1, ci: false },
  limit.signal,
);
const output = watchOutput(net);
const watchdog = new Watchdog(net, flags.patience * flags.pace);
const accidents: Accidents = { starts: AT_ONCE, kills: 0, leaves: 0 };
const warnings = new Map<string, number>();
for (const client of net.clients) client.on('event', (e) => e.event === 'warning' && warnings.set(e.code, (warnings.get(e.code) ?? 0) + 1));
const teller = setInterval(() => void tell(), 60_000);
let steps = 0;
let epochs = 0;
try {
  await accidentsFor(flags.minutes * 60_000);
  for (const client of net.clients) if (!client.isRunning) client.fate = 'lost';
  await net.together();
  await net.pauseRun();
  const result = await net.result();
  ({ steps, epochs } = result);
  problems.push(...brokenByRun(net, result), ...output);
} catch (error) {
  problems.push(error instanceof Error ? error.message : String(error));
} finally {
  clearInterval(teller);
  watchdog.stop();
  await net.stop().catch((error: unknown) => problems.push(`stopping: ${String(error)}`));
  limit.end();
}
problems.push(...brokenByMemory(net), ...(await leftBehind(net)));
if (flags.log !== undefined) {
  mkdirSync(dirname(flags.log), { recursive: true });
  writeFileSync(flags.log, `${[...net.log, ...problems].join('\n')}\n`);
}
console.log(facts([
  ['minutes', `${(net.seconds / 60).toFixed(1)}, of which ${flags.minutes} with accidents (seed ${flags.seed})`],
  ['clients', `${CLIENTS} keys, ${AT_ONCE} at a time; ${accidents.starts} starts, ${accidents.kills} killed, ${accidents.leaves} asked to leave`],
  ['run', `${steps} steps in ${epochs} epochs, ${net.undecided.size} rounds undecided`],
  ['longest standstill', `${watchdog.longest.toFixed(0)} s`],
  ['memory', `${Math.round(net.memory.clientPeak / 2 ** 20)} MiB a client, ${Math.round(net.memory.otherPeak / 2 ** 20)} MiB the validator, at most`],
  ['warnings', [...warnings].sort((a, b) => b[1] - a[1]).map(([code, n]) => `${code} ${n}`).join(', ') || 'none'],
]));
for (const problem of problems) console.log(`✗ ${problem}`);
console.log(problems.length === 0 ? 'all who were there at the end have one model; no point is lost' : 'FAILED');
// As test:chaos: Node's own clean-up may never end.
process.exit(problems.length === 0 ? 0 : 1);

async function accidentsFor(ms: number): Promise<void> {
  const over = new AbortController();
  const churning = churn(net, AbortSignal.any([net.signal, over.signal]));
  try {
    await delay(ms, undefined, { signal: net.signal });
  } finally {
    over.abort();
    const more = await churning;
    for (const kind of ['starts', 'kills', 'leaves'] as const) accidents[kind] += more[kind];
  }
}

async function tell(): Promise<void> {
  const run = await net.coordinator.fetchRun().catch(() => undefined);
  const live = net.clients.filter((c) => c.isRunning).length;
  console.log(`${(net.seconds / 60).toFixed(0)} min: epoch ${run?.epoch}, step ${run?.step}, ${live} clients, ${run?.members.filter((m) => m.state === 'Healthy').length} of ${run?.members.length} members healthy`);
}
