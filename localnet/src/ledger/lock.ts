import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw new LedgerError(`cannot write to ${folder}: ${String(cause)}`, { cause });
      const owner = Number(readFileSync(path, 'utf8'));
      if (attempt > 0 || (owner !== process.pid && isRunning(owner))) {
        throw new LedgerError(`${folder} is in use by process ${owner}: stop it, or choose another folder with --ledger`);
      }
      rmSync(path, { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
