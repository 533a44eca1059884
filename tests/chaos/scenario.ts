import { setTimeout as delay } from 'node:timers/promises';
import { brokenByMemory, brokenByRun, watchOutput } from './checks.js';
import { ChaosNetwork } from './network.js';
import { patience } from './patience.js';
import { isAlive, processesWith } from './processes.js';
import type { Options, Setup } from './setup.js';
import type { RunResult } from '../../client/src/cli/dev/summary.js';

/** One kind of fault, and what has to come of it. */
export interface Scenario {
  /** Short, for the command line. */
  name: string;
  /** What happens, and what is checked beside what always is, in a few words. */
  says: string;
  /** Among those that CI runs. */
  ci?: boolean;
  /** Longer it may not take, seconds; multiplied by pace and patience. */
  limit: number;
  setup: Setup;
  /**
   * Makes it happen. When it returns, all honest clients are in the run's last epoch, or will be.
   * @throws Error where something is not as it should be
   */
  play(net: ChaosNetwork): Promise<void>;
  /** Checks of its own on the end; what is wrong, in sentences. */
  check?(net: ChaosNetwork, result: RunResult): string[];
}

export interface Outcome {
  scenario: Scenario;
  /** What is wrong, in sentences; empty where all is well. */
  problems: string[];
  seconds: number;
  steps: number;
  epochs: number;
  /** The most that any client took, bytes. */
  memory: number;
  log: readonly string[];
}

/** How long processes may take to be gone after they were ended. */
const GONE_MS = 10_000;

/** Runs one scenario from an empty folder to an empty folder. Never throws. */
export async function runScenario(scenario: Scenario, options: Options, signal: AbortSignal): Promise<Outcome> {
  const begun = performance.now();
  const outcome: Outcome = { scenario, problems: [], seconds: 0, steps: 0, epochs: 0, memory: 0, log: [] };
  const limit = patience(scenario.limit * options.pace * options.patience, signal);
  let net: ChaosNetwork | undefined;
  try {
    net = await ChaosNetwork.start(scenario.setup, options, limit.signal);
    outcome.log = net.log;
    const output = watchOutput(net);
    await scenario.play(net);
    await net.pauseRun();
    const result = await net.result();
    Object.assign(outcome, { steps: result.steps, epochs: result.epochs });
    outcome.problems.push(...brokenByRun(net, result), ...output, ...(scenario.check?.(net, result) ?? []));
  } catch (error) {
    outcome.problems.push(error instanceof Error ? error.message : String(error));
  }
  try {
    await net?.stop();
  } catch (error) {
    outcome.problems.push(`stopping: ${error instanceof Error ? error.message : String(error)}`);
  }
  limit.end();
  if (net !== undefined) {
    outcome.problems.push(...brokenByMemory(net), ...(await leftBehind(net)));
    outcome.memory = net.memory.clientPeak;
  }
  outcome.seconds = (performance.now() - begun) / 1000;
  return outcome;
}

/** Processes that are still there although everything was stopped. */
export async function leftBehind({ folder, validator }: Pick<ChaosNetwork, 'folder' | 'validator'>): Promise<string[]> {
  const left = (): number[] => [...processesWith(folder), ...(isAlive(validator.pid) ? [validator.pid] : [])];
  const deadline = performance.now() + GONE_MS;
  while (left().length > 0 && performance.now() < deadline) await delay(50);
  return left().map((pid) => `process ${pid} is still running`);
}
