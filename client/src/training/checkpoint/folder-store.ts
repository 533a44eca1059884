import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError } from '../errors.js';
import { type CheckpointDescriptor, DESCRIPTOR_NAME, descriptorHash, encodeDescriptor, totalBytes } from './descriptor.js';
import { readDescriptor, syncFolder } from './files.js';
import { type CheckpointStore, exists, type OpenedFile, type TransferOptions } from './store.js';

/** A checkpoint in a folder of this machine (or of what is mounted here). */
export class FolderStore implements CheckpointStore {
  constructor(readonly location: string) {}

  async open(name: string, from: number, signal: AbortSignal): Promise<OpenedFile> {
    const path = join(this.location, name);
    const size = await stat(path).then(
      (s) => s.size,
      (cause: unknown) => {
        throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${path}.`, { cause });
      },
    );
    return { size, body: from < size ? createReadStream(path, { start: from, signal }) : empty() };
  }

  /** Copies into a folder beside the wanted one and renames it: the checkpoint appears whole or not at all. */
  async publish(folder: string, descriptor: CheckpointDescriptor, options: TransferOptions): Promise<string> {
    const { location } = this;
    const present = await stat(location).catch(() => undefined);
    if (present !== undefined) {
      const there = await readDescriptor(location);
      if (there !== undefined && descriptorHash(there) === descriptorHash(descriptor)) return location;
      throw exists(location);
    }
    await mkdir(dirname(location), { recursive: true });
    const temporary = join(dirname(location), `.${basename(location)}.${process.pid}.tmp`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary);
    try {
      let done = 0;
      const total = totalBytes(descriptor);
      for (const { name } of descriptor.files) {
        const parts = createReadStream(join(folder, name), { signal: options.signal });
        await writeFlushed(join(temporary, name), parts, (bytes) => {
          done += bytes;
          options.onProgress?.({ name, done, total, skipped: 0 });
        });
      }
      await writeFlushed(join(temporary, DESCRIPTOR_NAME), [Buffer.from(encodeDescriptor(descriptor))]);
      await syncFolder(temporary);
      await rename(temporary, location);
      await syncFolder(dirname(location));
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return location;
  }
}

/** Writes a new file and flushes it to the disk. */
export async function writeFlushed(path: string, parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, onBytes?: (bytes: number) => void): Promise<void> {
  const file = await open(path, 'w');
  try {
    for await (const part of parts) {
      await file.writeFile(part);
      onBytes?.(part.length);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Nothing left to read. */
export async function* empty(): AsyncGenerator<Uint8Array> {}
