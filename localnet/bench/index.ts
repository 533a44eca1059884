/**
 * Measures the embedded validator and, where there is one, a real `solana-test-validator`, one after the other, with the
 * same load from this process: `npm run bench:localnet -- [--output json] [--transfers 5000] [--connections 16]`. The embedded one
 * is `dist`, as users have it, so build before; without `dist` it is the sources, which takes longer to start.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PROJECT_ROOT } from '../../client/src/version.js';
import { findSolanaTools, isHealthy, NO_REAL_VALIDATOR, startRealValidator } from '../src/testing/real-validator.js';
import { type Figures, type Load, measure } from './measure.js';

interface Measured extends Figures {
  /** From the start of the process to `getHealth` saying ok. */
  readonly startMs: number;
  readonly memoryAtStartMiB: number;
  readonly memoryAfterMiB: number;
}

interface Running {
  readonly url: string;
  readonly wsUrl: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const { values } = parseArgs({
  options: {
    output: { type: 'string', default: 'text' }, transfers: { type: 'string', default: '3000' },
    connections: { type: 'string', default: '16' }, confirmations: { type: 'string', default: '40' },
  },
});
const load: Load = {
  transfers: Number(values.transfers), connections: Number(values.connections), confirmations: Number(values.confirmations),
};
const tools = findSolanaTools();
const results: Record<string, Measured> = { embedded: await run(startEmbedded) };
if (tools) results['solana-test-validator'] = await run(() => startRealValidator(tools.validator));
console.log(values.output === 'json' ? JSON.stringify({ load, ...results }) : text(results));

async function run(start: () => Promise<Running>): Promise<Measured> {
  const began = performance.now();
  const validator = await start();
  try {
    const startMs = performance.now() - began;
    const memoryAtStartMiB = residentMiB(validator.pid);
    const figures = await measure(validator.url, validator.wsUrl, load);
    return { startMs, memoryAtStartMiB, ...figures, memoryAfterMiB: residentMiB(validator.pid) };
  } finally {
    await validator.stop();
  }
}

/** `psyche-client localnet` in a process of its own, as a user has it. */
async function startEmbedded(): Promise<Running> {
  const main = join('client', 'src', 'cli', 'main');
  const built = join(PROJECT_ROOT, 'dist', `${main}.js`);
  const program = existsSync(built) ? [built] : ['--import', 'tsx', join(PROJECT_ROOT, `${main}.ts`)];
  const child = spawn(process.execPath, [...program, 'localnet', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const found: Record<string, string> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, address] = /^\s+(RPC|PubSub)\s+(\S+)/.exec(line) ?? [];
    if (name) found[name] = address;
    if (found.RPC && found.PubSub) break;
  }
  if (!found.RPC || !(await isHealthy(found.RPC))) throw new Error('the embedded validator did not start: run `psyche-client localnet` to see why');
  return {
    url: found.RPC, wsUrl: found.PubSub, pid: child.pid!,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Memory that a process has, where Linux tells. */
function residentMiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
  } catch {
    return NaN;
  }
}

function text(measured: Record<string, Measured>): string {
  const rows: [string, (m: Measured) => number, string][] = [
    ['start until getHealth is ok', (m) => m.startMs, 'ms'], ['memory at start', (m) => m.memoryAtStartMiB, 'MiB'],
    ['transfers sent and confirmed', (m) => m.transactionsPerSecond, '/s'], ['of them lost', (m) => m.lost, ''],
    ['one confirmed, median', (m) => m.confirmationP50Ms, 'ms'], ['one confirmed, 99 of 100', (m) => m.confirmationP99Ms, 'ms'],
    ['memory after', (m) => m.memoryAfterMiB, 'MiB'],
  ];
  const names = Object.keys(measured);
  const lines = [
    `${load.transfers} transfers on ${load.connections} connections; ${load.confirmations} one by one`,
    ''.padEnd(32) + names.map((name) => name.padStart(24)).join(''),
    ...rows.map(([what, of, unit]) => what.padEnd(32) + names.map((name) => `${of(measured[name]).toFixed(0)} ${unit}`.trim().padStart(24)).join('')),
  ];
  if (names.length === 1) lines.push(`solana-test-validator was not measured: ${NO_REAL_VALIDATOR}`);
  return lines.join('\n');
}
