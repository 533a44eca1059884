import { createServer, type AddressInfo } from 'node:net';
import { encodeManifest } from '../../client/src/training/manifest.js';
import { Child } from './child.js';
import type { ClientLog } from './client-log.js';
import type { HostNote, HostOrder } from './host-process.js';
import type { Landed } from './ledger.js';
import type { LineSettings } from './link.js';
import { cpuTimes } from './machine.js';
import { Shaper } from './shaper.js';
import { type Size, Stage } from './stage.js';
import { clockMs } from './statistics.js';
import type { TrainingTimes } from './training-time.js';

export interface CrewOptions {
  size: Size;
  clients: number;
  /** Clients in each process. */
  perProcess: number;
  steps: number;
  times: TrainingTimes;
  slotMs: number;
  /** Of each client; absent: nothing between them but this machine. */
  line?: LineSettings;
  /** The tape of this size. */
  tape: string;
  log(line: string): void;
}

/** What all of a run's clients noted, and what it took of the machine meanwhile. */
export interface CrewResult {
  clients: ClientLog[];
  landed: Landed[];
  /** Once a second: how busy the machine's cores were since the one before (0 to 1), and the validator's milliseconds so far. */
  samples: { at: number; busy: number; validatorCpuMs: number }[];
  /** Bytes of memory of one process when its clients had joined, by the process. */
  hostRss: number[];
}

type Host = Child<HostOrder, HostNote, ClientLog[]>;

/** Processes that are started at once: each takes a core for a second or two, and those that wait are asked nothing. */
const STARTED_AT_ONCE = 4;
const SAMPLE_MS = 1_000;

/** Starts a run's clients, lets them train it to its end, and hears what they noted. @throws Error where one of them failed */
export async function runCrew(options: CrewOptions, signal: AbortSignal): Promise<CrewResult> {
  const { size, clients, perProcess, steps, slotMs, line, log } = options;
  log(`${clients} clients, ${perProcess} in a process: starting`);
  const stage = await Stage.open({ size, members: clients, steps, slotMs }, signal);
  const shaper = line && new Shaper(clients, line);
  const hosts: Host[] = [];
  const hostRss: number[] = [];
  const samples: CrewResult['samples'] = [];
  let before = cpuTimes();
  const sample = async (): Promise<void> => {
    const now = cpuTimes();
    const busy = (now.busyMs - before.busyMs) / Math.max(1, now.allMs - before.allMs);
    before = now;
    samples.push({ at: clockMs(), busy, validatorCpuMs: (await stage.usage()).cpuMs });
  };
  const timer = setInterval(() => void sample().catch(() => {}), SAMPLE_MS);
  try {
    const waiting = groupsOf(stage.members.length, perProcess);
    const startNext = async (): Promise<void> => {
      for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
        signal.throwIfAborted();
        await startHost(group);
      }
    };
    const startHost = async (group: number[]): Promise<void> => {
      const orders = await Promise.all(group.map((i) => clientOrder(i)));
      const first = hosts.length;
      let joined: () => void = () => {};
      const all = new Promise<void>((resolve) => (joined = resolve));
      const host: Host = new Child('host-process', hostOrder(orders), (note: HostNote) => {
        if ('connected' in note) return shaper?.dialed(note.connected.local, group[0]);
        hostRss[first] = note.rss;
        if (note.joined === group.length) joined();
      });
      hosts.push(host);
      await Promise.race([all, host.answer]);
    };
    const clientOrder = async (i: number): Promise<HostOrder['clients'][number]> => {
      const { node, state } = stage.members[i];
      if (shaper === undefined) return { secretKey: node.secretKey, state, listen: ['/ip4/127.0.0.1/tcp/0'] };
      const port = await freePort();
      return { secretKey: node.secretKey, state, listen: [`/ip4/127.0.0.1/tcp/${port}`], announce: [`/ip4/127.0.0.1/tcp/${await shaper.open(i, port)}`] };
    };
    const hostOrder = (orders: HostOrder['clients']): HostOrder => ({
      clients: orders,
      rpcUrl: stage.url,
      wsUrl: stage.wsUrl,
      run: stage.run.toBase58(),
      tape: options.tape,
      manifest: encodeManifest(stage.settings.manifest),
      times: options.times,
      engine: size === 'small' ? 'real' : 'replayed',
    });
    await Promise.all(Array.from({ length: STARTED_AT_ONCE }, startNext));
    log(`${clients} clients have joined`);
    const logs = (await untilAborted(Promise.all(hosts.map((host) => host.answer)), signal)).flat();
    clearInterval(timer);
    return { clients: logs, landed: await stage.landed(), samples, hostRss };
  } finally {
    clearInterval(timer);
    await Promise.all(hosts.map((host) => host.stop()));
    await shaper?.close();
    await stage.close();
  }
}

function groupsOf(clients: number, size: number): number[][] {
  return Array.from({ length: Math.ceil(clients / size) }, (_, g) => Array.from({ length: Math.min(size, clients - g * size) }, (_, i) => g * size + i));
}

/** A port that nobody listened at a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
