import { createHash } from 'node:crypto';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.js';
import { hashInto } from './files.js';
import { type RetryPolicy, withRetry } from './retry.js';
import type { CheckpointSource, TransferOptions } from './store.js';

/** A file to be fetched; without a hash its size alone says that it is whole. */
export interface WantedFile {
  name: string;
  bytes: number;
  sha256?: string;
}

/** Fetches files into a folder, going on with what is there of them. @throws CheckpointError `CHECKPOINT_DAMAGED`, `CHECKPOINT_UNAVAILABLE` */
export async function fetchFiles(source: CheckpointSource, partial: string, files: readonly WantedFile[], options: TransferOptions, retry: RetryPolicy): Promise<void> {
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  let skipped = 0;
  for (const file of files) {
    const had = await fetchFile(source, partial, file, options.signal, retry, (bytes, had) => {
      options.onProgress?.({ name: file.name, done: done + bytes, total, skipped: skipped + had });
    });
    done += file.bytes;
    skipped += had;
  }
}

/** @returns how many bytes of it were there already and did have the right hash. */
async function fetchFile(source: CheckpointSource, folder: string, wanted: WantedFile, signal: AbortSignal, retry: RetryPolicy, tell: (bytes: number, had: number) => void): Promise<number> {
  const had = await resume(source, folder, wanted, signal, retry, tell);
  if (had !== undefined) return had;
  // What an earlier attempt left does not go with the rest: once more from the start, and then it is the source's fault.
  await rm(join(folder, wanted.name), { force: true });
  if ((await resume(source, folder, wanted, signal, retry, tell)) === undefined) {
    await rm(join(folder, wanted.name), { force: true });
    throw new CheckpointError('CHECKPOINT_DAMAGED', `${wanted.name} in ${source.location} does not have the hash that the checkpoint gives for it. Fetch it from somewhere else.`);
  }
  return 0;
}

/** Goes on where the file ends. @returns how much was there before; `undefined` if the whole has the wrong hash. */
async function resume(source: CheckpointSource, folder: string, wanted: WantedFile, signal: AbortSignal, retry: RetryPolicy, tell: (bytes: number, had: number) => void): Promise<number | undefined> {
  const path = join(folder, wanted.name);
  const file = await open(path, (await stat(path).catch(() => undefined)) === undefined ? 'w+' : 'r+');
  try {
    const { size } = await file.stat();
    if (size > wanted.bytes) return undefined;
    const hash = createHash('sha256');
    await hashInto(hash, path, signal, size);
    let at = size;
    tell(at, size);
    const take = (part: Uint8Array): void => {
      hash.update(part);
      at += part.length;
      tell(at, size);
    };
    while (at < wanted.bytes) {
      await withRetry(retry, signal, (progressed) => append(source, file, wanted, () => at, (part) => (progressed(), take(part)), signal));
    }
    if (wanted.sha256 !== undefined && hash.digest('hex') !== wanted.sha256) return undefined;
    await file.sync();
    return size;
  } finally {
    await file.close();
  }
}

/** Reads from the source until the file is whole or the source ends. */
async function append(source: CheckpointSource, file: FileHandle, wanted: WantedFile, at: () => number, took: (part: Uint8Array) => void, signal: AbortSignal): Promise<void> {
  const from = at();
  const { size, body } = await source.open(wanted.name, from, signal);
  if (size !== undefined && size !== wanted.bytes) throw wrongSize(source, wanted, `${size}`);
  for await (const part of body) {
    if (at() + part.length > wanted.bytes) throw wrongSize(source, wanted, 'more');
    for (let written = 0; written < part.length; ) {
      written += (await file.write(part, written, part.length - written, at() + written)).bytesWritten;
    }
    took(part);
  }
  if (at() < wanted.bytes) {
    throw new CheckpointError('CHECKPOINT_UNAVAILABLE', `${source.location} ended ${wanted.name} after ${at()} of ${wanted.bytes} bytes. Try again later; what was transferred is kept.`);
  }
}

function wrongSize(source: CheckpointSource, { name, bytes }: WantedFile, size: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_DAMAGED', `${name} in ${source.location} has ${size} bytes where the checkpoint says ${bytes}: another one is being written there. Try again when it is done.`);
}
