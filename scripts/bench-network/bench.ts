import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSettings } from '../../client/src/cli/create-run/settings.js';
import { encodeManifest } from '../../client/src/training/manifest.js';
import { Child } from './child.js';
import { runCrew } from './crew.js';
import { type CrowdSummary, runCrowd } from './crowd.js';
import { perProcessFor } from './layout.js';
import type { LineSettings } from './link.js';
import { availableMemory, type Machine, machine } from './machine.js';
import type { RecordOrder } from './record-process.js';
import { configOf, type Size } from './stage.js';
import { type CrewSummary, summarize, WARM_ROUNDS } from './summary.js';
import { readTape, summaryOf, type Tape, type TapeSummary } from './tape.js';
import { expectedSmallest, pointsOf, smallestOf, type Utilisation } from './utilisation.js';

/** What is measured, and how long. Times in milliseconds. */
export interface Plan {
  sizes: readonly Size[];
  clients: readonly number[];
  /** Rounds that count, of each number of clients. */
  rounds: number;
  trainMs: number;
  slotMs: number;
  crowd: readonly number[];
  crowdRounds: number;
  /** Of the utilisation: clients, their lines, the T that are tried, rounds with each, and whether the smallest is sought. */
  homes: number;
  line: LineSettings;
  times: readonly number[];
  timeRounds: number;
  seek: boolean;
}

/** What is committed, and all that the page's figures are made of. */
export interface Bench {
  machine: Machine;
  tapes: Partial<Record<Size, TapeSummary>>;
  /** The same clients in processes of their own and all in one. */
  layout: CrewSummary[];
  scale: { size: Size; summary: CrewSummary }[];
  crowd: CrowdSummary[];
  utilisation?: Utilisation;
}

export const PARTS = ['layout', 'scale', 'crowd', 'utilisation'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  plan: Plan;
  parts: readonly Part[];
  /** Where tapes and finished parts are kept. */
  folder: string;
  /** Whether what was measured with the same plan counts. */
  resume: boolean;
  log(line: string): void;
  signal: AbortSignal;
}

/** How many clients tell what a process of one takes beside a process of all. */
const LAYOUT_CLIENTS = 8;
/** Part of the free memory that clients may take. */
const MEMORY_PART = 0.6;
/** How often the smallest T is looked for where it was expected, and then where that says it is. */
const SEEKS = 3;

/** Measures what the plan says, a part after the other; finished parts are kept. */
export async function measure({ plan, parts, folder, resume, log, signal }: BenchOptions): Promise<Bench> {
  await mkdir(folder, { recursive: true });
  const bench: Bench = { machine: machine(), tapes: {}, layout: [], scale: [], crowd: [] };

  /** What was measured with these settings on this machine, or is now. */
  const once = async <T>(name: string, settings: object, work: () => Promise<T>): Promise<T> => {
    const path = join(folder, `${name}.json`);
    const key = JSON.stringify({ settings, machine: bench.machine });
    const kept = resume ? await readFile(path, 'utf8').then((text) => JSON.parse(text) as { key: string; result: T }, () => undefined) : undefined;
    if (kept?.key === key) return kept.result;
    signal.throwIfAborted();
    const result = await work();
    await writeFile(path, JSON.stringify({ key, result }));
    return result;
  };

  const tapeOf = async (size: Size): Promise<{ path: string; tape: Tape }> => {
    const path = join(folder, `tape-${size}.json`);
    const manifest = encodeManifest((await readSettings(configOf(size))).manifest);
    let tape = await readTape(path, manifest);
    if (tape === undefined) {
      log(`recording payloads of the ${size} model`);
      const order: RecordOrder = { config: configOf(size), path };
      const child = new Child<RecordOrder, { log: string }, { done: true }>('record-process', order, (note) => log(note.log));
      const stop = (): void => void child.stop(0);
      signal.addEventListener('abort', stop, { once: true });
      try {
        await child.answer;
      } finally {
        signal.removeEventListener('abort', stop);
        await child.stop();
      }
      tape = (await readTape(path, manifest))!;
    }
    bench.tapes[size] = summaryOf(tape);
    return { path, tape };
  };

  const crewOf = async (size: Size, clients: number, perProcess: number): Promise<CrewSummary> => {
    const { path, tape } = await tapeOf(size);
    const { rounds, trainMs, slotMs } = plan;
    const options = { size, clients, perProcess, steps: WARM_ROUNDS + rounds, times: [trainMs], slotMs };
    return once(`${size}-${clients}-${perProcess}`, options, async () => {
      const result = await runCrew({ ...options, tape: path, log }, signal);
      await writeFile(join(folder, `${size}-${clients}-${perProcess}.log.json`), JSON.stringify(result));
      return summarize(options, result, summaryOf(tape).payloadBytes);
    });
  };

  if (parts.includes('layout')) {
    for (const perProcess of [1, LAYOUT_CLIENTS]) bench.layout.push(await crewOf('small', LAYOUT_CLIENTS, perProcess));
  }
  if (parts.includes('scale')) {
    for (const size of plan.sizes) {
      for (const clients of plan.clients) bench.scale.push({ size, summary: await crewOf(size, clients, perProcessOf(size, clients, bench.layout)) });
    }
  }
  if (parts.includes('crowd')) {
    for (const members of plan.crowd) {
      const options = { members, steps: WARM_ROUNDS + plan.crowdRounds, slotMs: plan.slotMs, trainMs: plan.trainMs };
      bench.crowd.push(await once(`crowd-${members}`, options, () => runCrowd({ ...options, log }, signal)));
    }
  }
  if (parts.includes('utilisation')) bench.utilisation = await once('utilisation', plan, async () => utilisationOf(plan, await tapeOf('large'), log, signal));
  return bench;
}

/** A replayed engine holds up its whole process, so it has one of its own always. */
function perProcessOf(size: Size, clients: number, [alone, together]: readonly CrewSummary[]): number {
  return size === 'large' || together === undefined ? 1 : perProcessFor(clients, alone, together, MEMORY_PART * availableMemory());
}

async function utilisationOf(plan: Plan, { path, tape }: { path: string; tape: Tape }, log: (line: string) => void, signal: AbortSignal): Promise<Utilisation> {
  const { homes, line, slotMs, timeRounds } = plan;
  const payloadBytes = summaryOf(tape).payloadBytes;
  const run = async (wanted: readonly number[]): Promise<Utilisation['points']> => {
    const times = [...Array<number>(WARM_ROUNDS).fill(wanted[0]), ...wanted.flatMap((ms) => Array<number>(timeRounds).fill(ms))];
    log(`utilisation with T of ${wanted.map((ms) => ms / 1000).join(', ')} s`);
    const options = { size: 'large' as const, clients: homes, perProcess: 1, steps: times.length, times, slotMs, line };
    const result = await runCrew({ ...options, tape: path, log }, signal);
    summarize(options, result, payloadBytes);
    return pointsOf(result.clients, times);
  };
  const points = await run(plan.times);
  for (let i = 0; plan.seek && i < SEEKS; i++) {
    const expected = expectedSmallest(points);
    if (points.some((p) => p.trainMs === expected)) break;
    points.push(...(await run([expected])));
    points.sort((a, b) => a.trainMs - b.trainMs);
  }
  return { clients: homes, payloadBytes, parameters: tape.parameters, slotMs, line, points, smallest: smallestOf(points) };
}
