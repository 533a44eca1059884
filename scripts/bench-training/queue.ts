import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BackendChoice } from '../../client/src/training/backends/index.js';
import type { TrialResult } from './trial.js';
import type { Trial } from './trials.js';

/** What a child process is told, and what it answers. */
export interface Order {
  trial: Trial;
  textPath: string;
  backend: BackendChoice;
}
export type Answer = { progress: string } | { result: TrialResult } | { failure: string };

/** One thread each, so that processes side by side neither wait for nor slow each other and CPU seconds compare. */
const ONE_THREAD = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '2' };

/**
 * Runs the trials in child processes, `jobs` at a time, in the order given, and hands over each result as it comes.
 * @throws the first failure, after the other processes have been ended; the signal's reason likewise
 */
export async function runQueue(
  orders: readonly Order[],
  options: { jobs: number; done: (trial: Trial, result: TrialResult) => Promise<void>; progress: (line: string) => void; signal?: AbortSignal },
): Promise<void> {
  const waiting = [...orders];
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const lane = async (): Promise<void> => {
    for (let order = waiting.shift(); order; order = waiting.shift()) {
      signal.throwIfAborted();
      await options.done(order.trial, await runInChild(order, options.progress, signal));
    }
  };
  const lanes = Array.from({ length: options.jobs }, () => lane());
  try {
    await Promise.all(lanes);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(lanes);
    throw error;
  }
}

function runInChild(order: Order, progress: (line: string) => void, signal: AbortSignal): Promise<TrialResult> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(fileURLToPath(new URL('./trial-process.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, ...ONE_THREAD },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let complaints = '';
    let answer: Answer | undefined;
    const end = (): void => void child.kill();
    signal.addEventListener('abort', end, { once: true });
    child.stderr!.on('data', (bytes: Buffer) => (complaints = (complaints + bytes.toString()).slice(-2000)));
    child.on('message', (message: Answer) => {
      if ('progress' in message) progress(message.progress);
      else answer = message;
    });
    child.on('error', reject);
    child.on('close', (code, name) => {
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason as Error);
      else if (answer && 'result' in answer) resolve(answer.result);
      else {
        const why = answer && 'failure' in answer ? answer.failure : `its process ended with ${name ?? code}\n${complaints}`;
        reject(new Error(`${order.trial.row} with seed ${order.trial.seed} failed: ${why}. What is done is kept; run the command again to go on.`));
      }
    });
    child.send(order);
  });
}
