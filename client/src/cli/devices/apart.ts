import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { printable } from '../../observe/format.js';
import type { BackendKind } from '../../training/backends/index.js';
import type { Probe } from './probe.js';

/** Over and above measuring: for loading a library of a gigabyte from a cold disk. */
const PATIENCE = 60_000;

/** Probes a backend in a process of its own: native libraries and drivers crash or hang, and only one fits a process. */
export async function probeApart(
  kind: BackendKind, threads: number, measure: number,
  { program = thisProgram(), patience = PATIENCE }: { program?: readonly string[]; patience?: number } = {},
): Promise<Probe> {
  const args = [...program, 'devices', '--probe', kind, '--threads', String(threads), '--measure', String(measure)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: patience + 3 * measure, killSignal: 'SIGKILL' });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (s: string) => (out += s));
  child.stderr.setEncoding('utf8').on('data', (s: string) => (err = (err + s).slice(-2000)));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  try {
    if (code === 0) return JSON.parse(out.trim().split('\n').at(-1)!) as Probe;
  } catch {
    // Said below: whatever it printed, it is no probe's result.
  }
  const last = err.trim().split('\n').at(-1) ?? '';
  const how = signal === 'SIGKILL' ? 'it hung and was stopped' : signal ? `it died of ${signal}` : `it ended with ${code}`;
  return { kind, works: false, installed: true, reason: `${how}${last ? `: ${printable(last, 300)}` : ''}`, advice: 'Take another backend with --backend.' };
}

/** This very program: the built one, or the sources under the loader that runs them now. */
function thisProgram(): string[] {
  const here = import.meta.url;
  const main = fileURLToPath(new URL(here.endsWith('.ts') ? '../main.ts' : '../main.js', here));
  return [...(here.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []), main];
}
