import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeWhole } from './write-whole.js';

/**
 * Remembers which files on this machine had which hash, so that a large data set is not hashed at every start. A file whose
 * size, time of change or inode differs is hashed again.
 */
export class VerifiedFiles {
  constructor(private readonly cacheDir: string) {}

  /** What was noted of this file in this state; `undefined` where that is nothing. */
  async recall(path: string, stamp: string, what: string): Promise<string | undefined> {
    const text = await readFile(this.markerPath(path, what), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const [head, ...rest] = text.split('\n');
    return head === stamp ? rest.join('\n') : undefined;
  }

  async note(path: string, stamp: string, what: string, value: string): Promise<void> {
    await writeWhole(this.markerPath(path, what), Buffer.from(`${stamp}\n${value}`));
  }

  private markerPath(path: string, what: string): string {
    return join(this.cacheDir, 'verified', createHash('sha256').update(`${resolve(path)}\n${what}`).digest('hex').slice(0, 40));
  }
}
