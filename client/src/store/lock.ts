import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PsycheError } from '../errors.js';

/** A held lock of a state folder. */
export interface StateLock {
  release(): void;
}

/**
 * Locks a node's state folder for this process. Two processes with one node key would sign two commitments for one
 * round, which is equivocation and costs the deposit (protocol section 3.2), so the second one must not start.
 * A lock whose process is gone (kill -9, power loss) is taken over.
 * @throws PsycheError `STATE_LOCKED` while another live process holds it.
 */
export function lockState(folder: string): StateLock {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'lock');
  const mine = join(folder, `lock.${process.pid}`);
  writeFileSync(mine, `${process.pid} ${startTime(process.pid) ?? ''}`, { mode: 0o600 });
  try {
    for (;;) {
      // A link appears with its content, so nobody ever reads a lock that is half written.
      if (linked(mine, path)) return { release: () => rmSync(path, { force: true }) };
      const [pid, started] = readLock(path);
      if (pid !== undefined && isAlive(pid, started)) {
        throw new PsycheError(
          'STATE_LOCKED',
          `process ${pid} already runs this node key (${path}); stop it first, or start this one with another node key`,
        );
      }
      removeStale(path, `${mine}.stale`);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @returns false if there is a lock already. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

/** Takes a dead process's lock away; if another process has done that meanwhile and holds its own, puts that back. */
function removeStale(path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return;
  }
  const [pid, started] = readLock(aside);
  if (pid !== undefined && isAlive(pid, started)) linked(aside, path);
  rmSync(aside, { force: true });
}

function readLock(path: string): [pid: number | undefined, started: string | undefined] {
  try {
    const [pid, started] = readFileSync(path, 'utf8').split(' ');
    const number = Number(pid);
    return [Number.isInteger(number) && number > 0 ? number : undefined, started || undefined];
  } catch {
    return [undefined, undefined];
  }
}

function isAlive(pid: number, started: string | undefined): boolean {
  if (pid === process.pid) return started === startTime(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // A reused process id must not keep a node out after a reboot.
  const now = startTime(pid);
  return started === undefined || now === undefined || now === started;
}

/** When a process started, in clock ticks since boot; `undefined` where /proc does not tell. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
