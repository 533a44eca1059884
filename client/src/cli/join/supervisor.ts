import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventSink } from '../../round/events.js';
import { type Ending, RestartPolicy } from './restart-policy.js';
import { readReport, SUPERVISED } from './supervised.js';

/** How long a client that was asked to leave may take, milliseconds; its state is whole on disk at any moment. */
const GRACE_MS = 60_000;

export interface SupervisorOptions {
  /** Arguments of Node: its own, the script, the script's. */
  args: readonly string[];
  emit: EventSink;
  /** Ends the client, and with it the supervision. */
  signal: AbortSignal;
  policy?: Pick<RestartPolicy, 'next'>;
  graceMs?: number;
}

/**
 * Runs a client in a process of its own and starts it again when it crashes, with the same arguments: it finds its place
 * in the run by what it put on disk. The client ends with this process, however that ends.
 * @returns the exit code: the last client's
 */
export async function supervise({ args, emit, signal, policy = new RestartPolicy(), graceMs = GRACE_MS }: SupervisorOptions): Promise<number> {
  for (;;) {
    const ending = await runClient(args, signal, graceMs);
    if (signal.aborted) return exitCode(ending);
    const decision = policy.next(ending);
    if (!decision.again) {
      if (ending.code !== 0) emit({ event: 'warning', code: 'CLIENT_ENDED', message: `the client ${describe(ending)} and is not started again: ${decision.why}` });
      return exitCode(ending);
    }
    emit({ event: 'warning', code: 'CLIENT_RESTARTED', message: `the client ${describe(ending)}; starting it again in ${(decision.afterMs / 1000).toFixed(1)} s` });
    await wait(decision.afterMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return exitCode(ending);
  }
}

/** One process, from its start to its end. Never rejects. */
function runClient(args: readonly string[], signal: AbortSignal, graceMs: number): Promise<Ending> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, {
    // Its stdin is a pipe that nobody writes to: it closes with this process, and the client leaves then.
    stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [SUPERVISED]: '1', PSYCHE_PARENT_PIPE: '1' },
    // A terminal sends Ctrl-C to all of a group: the client would hear it twice, and take it for impatience.
    detached: process.platform !== 'win32',
  });
  child.stdin?.on('error', () => {});
  let joined = false;
  let error: string | undefined;
  child.on('message', (message) => {
    const report = readReport(message);
    if (report?.client === 'joined') joined = true;
    else if (report !== undefined) error = report.error;
  });
  const release = endWith(child, signal, graceMs);
  return new Promise((resolve) => {
    const end = (code: number | null, endedBy: NodeJS.Signals | null): void => {
      release();
      resolve({ code, signal: endedBy, joined, ...(error === undefined ? {} : { error }), lasted: performance.now() - begun });
    };
    child.once('close', (code, endedBy) => {
      // What it said last may be heard only after its end.
      if (child.connected) child.once('disconnect', () => end(code, endedBy));
      else end(code, endedBy);
    });
    // It could not be started at all: there is no other event then.
    child.once('error', () => child.pid === undefined && end(127, null));
  });
}

/** Asks a client to leave when the signal says so, insists after a while, and leaves none behind. @returns undoes it */
function endWith(child: ChildProcess, signal: AbortSignal, graceMs: number): () => void {
  let insist: NodeJS.Timeout | undefined;
  const kill = (): void => void child.kill('SIGKILL');
  const ask = (): void => {
    child.kill('SIGTERM');
    insist = setTimeout(kill, graceMs);
  };
  process.on('exit', kill);
  signal.addEventListener('abort', ask, { once: true });
  if (signal.aborted) ask();
  return () => {
    clearTimeout(insist);
    process.off('exit', kill);
    signal.removeEventListener('abort', ask);
  };
}

const describe = ({ code, signal, error }: Ending): string =>
  signal !== null ? `was ended by ${signal}` : error !== undefined ? `ended with ${error}` : `exited with code ${code}`;

/** As shells have it where a signal ended the process. */
const exitCode = ({ code, signal }: Ending): number => code ?? (signal === 'SIGKILL' ? 137 : signal === 'SIGTERM' ? 143 : 1);
