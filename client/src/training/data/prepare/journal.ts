import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import type { Shard } from '../token-index.js';
import { writeWhole } from '../write-whole.js';
import { digestsName } from './shard-writer.js';

const JOURNAL_NAME = 'prepare.json';

/** How far a preparation got when its last shard was complete: enough to go on after an interruption with the same result. */
export interface Progress {
  shards: Shard[];
  /** The input that was being read, its piece, and how many of that piece's tokens are in the shards. */
  input: number;
  piece: number;
  skip: number;
  /** Documents before that piece. */
  documents: number;
}

/** The note of a preparation under way, in its folder. */
export class Journal {
  /** @param fingerprint of inputs and settings: another preparation does not go on from here */
  constructor(private readonly folder: string, private readonly fingerprint: string) {}

  /** @throws DataError `PREPARE_DIFFERS` where something else is being prepared in the folder */
  async read(): Promise<Progress | undefined> {
    const text = await readFile(join(this.folder, JOURNAL_NAME), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const { fingerprint, progress } = JSON.parse(text) as { fingerprint: string; progress?: Progress };
    if (fingerprint !== this.fingerprint) {
      throw new DataError('PREPARE_DIFFERS', `In ${this.folder} another preparation was interrupted: its inputs or settings were not these. Repeat that one, use another folder, or start anew with --force.`);
    }
    for (const [number, shard] of (progress?.shards ?? []).entries()) {
      const sizes = await Promise.all([shard.path, digestsName(number)].map(async (name) => (await stat(join(this.folder, name)).catch(() => undefined))?.size));
      if (sizes[0] !== shard.bytes || sizes[1] === undefined) return undefined;
    }
    return progress;
  }

  async write(progress?: Progress): Promise<void> {
    await writeWhole(join(this.folder, JOURNAL_NAME), Buffer.from(JSON.stringify({ fingerprint: this.fingerprint, progress })));
  }

  /** The preparation is over. */
  async remove(shards: number): Promise<void> {
    for (let number = 0; number < shards; number++) await rm(join(this.folder, digestsName(number)), { force: true });
    await Journal.discard(this.folder);
  }

  static async discard(folder: string): Promise<void> {
    await rm(join(folder, JOURNAL_NAME), { force: true });
  }
}
