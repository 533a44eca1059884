import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HASHES_NAME } from '../block-hashes.js';

/** Writes a set's block hashes shard by shard, since those of a large set don't fit into memory; there is all of it or none. */
export class HashesFile {
  private constructor(private readonly folder: string, private readonly temporary: string, private readonly file: FileHandle) {}

  static async create(folder: string): Promise<HashesFile> {
    await mkdir(folder, { recursive: true });
    const temporary = join(folder, `${HASHES_NAME}.${randomBytes(4).toString('hex')}.part`);
    return new HashesFile(folder, temporary, await open(temporary, 'wx', 0o644));
  }

  async add(digests: Uint8Array): Promise<void> {
    await this.file.writeFile(digests);
  }

  async finish(): Promise<void> {
    await this.file.sync();
    await this.file.close();
    await rename(this.temporary, join(this.folder, HASHES_NAME));
  }

  async discard(): Promise<void> {
    await this.file.close();
    await rm(this.temporary, { force: true });
  }
}
