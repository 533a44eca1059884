import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CoordinatorClient } from '../../chain/index.js';
import { LiveView } from '../../observe/live-view.js';
import { RunMetrics } from '../../observe/run-metrics.js';
import { isTraining, type RunView } from '../../protocol/run-view.js';
import { untilInterrupted } from '../common/interrupt.js';
import { Crew } from './crew.js';
import { createDemoRun } from './demo-run.js';
import { openNetwork } from './network.js';
import type { DevOptions } from './options.js';
import { createParticipants, fund } from './participants.js';
import { pauseAfter } from './pause-after.js';
import { settleUp } from './result.js';
import { brokenPromises, renderSummary, toJson, type RunResult } from './summary.js';

/** Bytes of text that the trained model writes for the summary. */
const SAMPLE_BYTES = 200;

/** Seconds since this process was started: what somebody who typed the command has waited. */
const elapsed = (): number => performance.now() / 1000;

/**
 * Runs the demo. Everything it starts is gone when it returns.
 * @returns the exit code: 0 if all that the summary says is true
 */
export async function dev(options: DevOptions): Promise<number> {
  const signal = untilInterrupted();
  const runId = `demo-${randomBytes(3).toString('hex')}`;
  const folder = resolve(options.dir, runId);
  const stream = options.output === 'json' ? process.stderr : process.stdout;
  const metrics = new RunMetrics(Array.from({ length: options.clients }, (_, i) => `client ${i + 1}`));
  const view = new LiveView(metrics, { stream, title: `psyche dev · run ${runId}`, epochs: options.epochs, elapsed });
  mkdirSync(folder, { recursive: true });
  view.start();
  try {
    const result = await demonstrate(options, runId, folder, metrics, view, signal);
    view.stop();
    return report(result, options.output);
  } finally {
    view.stop();
    if (!options.keep) tidy(folder);
  }
}

async function demonstrate(options: DevOptions, runId: string, folder: string, metrics: RunMetrics, view: LiveView, signal: AbortSignal): Promise<RunResult> {
  const closing: (() => unknown)[] = [];
  try {
    const network = await openNetwork(options.url);
    closing.push(() => network.stop());
    view.note(`${network.name} at ${network.url}`);
    const { authority, clients } = await createParticipants(folder, options.clients);
    await fund(network.chain, authority, clients, signal);
    const { run, data, needed } = await createDemoRun(network.chain, authority, { runId, ...options }, signal);
    view.note(`run ${runId} created, its treasury funded; starting ${clients.length} clients`);

    const crew = new Crew(network, { run: runId, data, sample: SAMPLE_BYTES }, clients, metrics, view);
    closing.push(() => crew.stop());
    const coordinator = new CoordinatorClient(network.chain, run, authority);
    const pausing = pauseAfter(coordinator, options.epochs, signal, (message) => view.note(message));
    closing.push(coordinator.subscribe((now, slot) => {
      view.setProgress({ epoch: now.epoch, fraction: epochFraction(now, slot) });
      pausing(now);
    }));
    let firstLoss = Number.NaN;
    void crew.until(() => metrics.clients.some((c) => c.losses.length > 0), signal).then(() => (firstLoss = elapsed()), () => {});
    await crew.finished(() => needed, signal);
    view.note('the run is over; everyone claims');
    const result = await settleUp(network.chain, run, clients, metrics, { total: elapsed, firstLoss }, signal);
    return { ...result, checkpoint: keepCheckpoint(result.checkpoint, folder) };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** How much of `epoch_time` is over, 0 to 1; 0 while no epoch is under way. */
function epochFraction(run: RunView, slot: number): number {
  if (!isTraining(run) && run.state !== 'Warmup' && run.state !== 'Cooldown') return 0;
  return Math.min(1, Math.max(0, (slot - Number(run.epochStartSlot)) / run.config.epochSlots));
}

/** Prints the result; the exit code says whether it is what was promised. */
function report(result: RunResult, output: DevOptions['output']): number {
  const broken = brokenPromises(result);
  const out = output === 'json' ? process.stderr : process.stdout;
  out.write(`\n${renderSummary(result).join('\n')}\n`);
  for (const sentence of broken) process.stderr.write(`✗ ${sentence}\n`);
  if (output === 'json') process.stdout.write(`${JSON.stringify(toJson(result))}\n`);
  return broken.length === 0 ? 0 : 1;
}

/** Moves the checkpoint out of its client's state, so that it outlives it. */
function keepCheckpoint(path: string, folder: string): string {
  if (path === '') return '';
  const kept = join(folder, 'checkpoint');
  renameSync(path, kept);
  return kept;
}

/** Removes keys and state; of a run that came to nothing, everything. */
function tidy(folder: string): void {
  for (const name of ['keys', 'clients']) rmSync(join(folder, name), { recursive: true, force: true });
  if (!existsSync(join(folder, 'checkpoint'))) rmSync(folder, { recursive: true, force: true });
}
