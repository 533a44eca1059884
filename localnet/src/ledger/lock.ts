import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PsycheError } from '../../../client/src/errors.js';

/** The ledger cannot be used; the message says why and what to do. */
export class LedgerError extends PsycheError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('LEDGER', message, options);
  }
}

/** Makes the folder this process's own; gives what undoes it. A lock of a process that is gone does not count. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock');
  const mine = `${process.pid} ${startOf(process.pid) ?? ''}`;
  for (let attempt = 0; ; attempt++) {
    try {
      create(path, mine);
      return () => rmSync(path, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw new LedgerError(`cannot write to ${folder}: ${String(cause)}`, { cause });
      const held = read(path);
      const [pid, start] = held.split(' ');
      if (attempt > 1 || isRunning(Number(pid), start ?? '')) {
        throw new LedgerError(`${folder} is in use by process ${pid}: stop it, or choose another folder with --ledger`);
      }
      removeStale(path, held);
    }
  }
}

/** Creates a file that never is there without its content; EEXIST if there is one. */
function create(path: string, content: string): void {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, content);
    linkSync(draft, path);
  } catch (error) {
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // A file system without hard links.
    writeFileSync(path, content, { flag: 'wx' });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Takes a lock away by renaming it, so that of two processes that find it stale neither takes the other's new one. */
function removeStale(path: string, stale: string): void {
  const taken = `${path}.${process.pid}`;
  try {
    renameSync(path, taken);
    if (read(taken) !== stale) linkSync(taken, path);
    rmSync(taken);
  } catch (error) {
    // Somebody else was faster: the next attempt tells.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') rmSync(taken, { force: true });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Whether the process that wrote the lock runs still: not only some process with its number. */
function isRunning(pid: number, start: string): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || startOf(pid) === start;
}

/** When a process was started, in ticks since the machine was, where Linux tells; nothing for one that ended and was not reaped. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; the state follows it, and the start is 19 further on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
