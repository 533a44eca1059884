import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PsycheError } from '../../errors.js';
import { lockState } from '../../store/lock.js';
import { CheckpointError } from '../errors.js';
import { type CheckpointDescriptor, type CheckpointFile, DESCRIPTOR_NAME, descriptorHash, encodeDescriptor, totalBytes } from './descriptor.js';
import { hashInto, readDescriptor, syncFolder } from './files.js';
import { writeFlushed } from './folder-store.js';
import { DEFAULT_RETRY, type RetryPolicy, withRetry } from './retry.js';
import { type CheckpointSource, exists, fetchDescriptor, type TransferOptions } from './store.js';

export interface PullOptions extends TransferOptions {
  /** Refuses a larger checkpoint before a byte of it is fetched. */
  maxBytes?: number;
  /** The root (hex) that it must have: of the run's agreement, or as the operator was told. */
  root?: string;
  /** Looks at the whole folder before it gets its name, e.g. whether the parameters have the root that it names. */
  check?: (folder: string, descriptor: CheckpointDescriptor) => Promise<void>;
  retry?: RetryPolicy;
}

/**
 * Fetches a checkpoint into `target`. Until all files are there and have their hashes, they lie in a folder beside it,
 * from which an interrupted pull goes on; then that folder is renamed. So `target` is a whole checkpoint or nothing.
 * @throws CheckpointError `CHECKPOINT_NOT_FOUND` (none there, or not all of one), `CHECKPOINT_DAMAGED` (bytes that don't have
 *   their hash), `CHECKPOINT_MISMATCH` (another root), `CHECKPOINT_TOO_LARGE`, `CHECKPOINT_EXISTS`, `CHECKPOINT_BUSY`, `CHECKPOINT_UNAVAILABLE`
 */
export async function pullCheckpoint(source: CheckpointSource, target: string, options: PullOptions): Promise<CheckpointDescriptor> {
  const { signal, retry = DEFAULT_RETRY } = options;
  const descriptor = await withRetry(retry, signal, () => fetchDescriptor(source, signal));
  if (descriptor === undefined) {
    throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${DESCRIPTOR_NAME} in ${source.location}, so no whole checkpoint. Look at the location, or push again.`);
  }
  admit(descriptor, source, options);
  if ((await stat(target).catch(() => undefined)) !== undefined) {
    const there = await readDescriptor(target);
    if (there !== undefined && descriptorHash(there) === descriptorHash(descriptor)) return descriptor;
    throw exists(target);
  }
  const partial = join(dirname(target), `.${basename(target)}.${descriptorHash(descriptor).slice(0, 16)}.partial`);
  await mkdir(partial, { recursive: true });
  const lock = lockPartial(partial);
  try {
    await removeOthers(target, partial);
    await fetchFiles(source, partial, descriptor, options, retry);
    await options.check?.(partial, descriptor);
    await writeFlushed(join(partial, DESCRIPTOR_NAME), [Buffer.from(encodeDescriptor(descriptor))]);
    lock.release();
    await syncFolder(partial);
    await rename(partial, target);
    await syncFolder(dirname(target));
  } finally {
    lock.release();
  }
  return descriptor;
}

function admit(descriptor: CheckpointDescriptor, source: CheckpointSource, { maxBytes, root }: PullOptions): void {
  const total = totalBytes(descriptor);
  if (maxBytes !== undefined && total > maxBytes) {
    throw new CheckpointError('CHECKPOINT_TOO_LARGE', `The checkpoint in ${source.location} has ${total} bytes, more than the ${maxBytes} allowed. Allow more, if you trust it.`);
  }
  if (root !== undefined && descriptor.root !== root) {
    throw new CheckpointError('CHECKPOINT_MISMATCH', `The checkpoint in ${source.location} says to have the parameters ${descriptor.root}, not ${root}. Fetch another one.`);
  }
}

async function fetchFiles(source: CheckpointSource, partial: string, descriptor: CheckpointDescriptor, options: PullOptions, retry: RetryPolicy): Promise<void> {
  const total = totalBytes(descriptor);
  let done = 0;
  let skipped = 0;
  for (const file of descriptor.files) {
    const had = await fetchFile(source, partial, file, options.signal, retry, (bytes, had) => {
      options.onProgress?.({ name: file.name, done: done + bytes, total, skipped: skipped + had });
    });
    done += file.bytes;
    skipped += had;
  }
}

/** @returns how many bytes of it were there already and did have the right hash. */
async function fetchFile(source: CheckpointSource, folder: string, wanted: CheckpointFile, signal: AbortSignal, retry: RetryPolicy, tell: (bytes: number, had: number) => void): Promise<number> {
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
async function resume(source: CheckpointSource, folder: string, wanted: CheckpointFile, signal: AbortSignal, retry: RetryPolicy, tell: (bytes: number, had: number) => void): Promise<number | undefined> {
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
    if (hash.digest('hex') !== wanted.sha256) return undefined;
    await file.sync();
    return size;
  } finally {
    await file.close();
  }
}

/** Reads from the source until the file is whole or the source ends. */
async function append(source: CheckpointSource, file: FileHandle, wanted: CheckpointFile, at: () => number, took: (part: Uint8Array) => void, signal: AbortSignal): Promise<void> {
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

function wrongSize(source: CheckpointSource, { name, bytes }: CheckpointFile, size: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_DAMAGED', `${name} in ${source.location} has ${size} bytes where the checkpoint says ${bytes}: another one is being written there. Try again when it is done.`);
}

function lockPartial(partial: string): { release(): void } {
  try {
    return lockState(partial);
  } catch (error) {
    if (!(error instanceof PsycheError) || error.code !== 'STATE_LOCKED') throw error;
    throw new CheckpointError('CHECKPOINT_BUSY', `Another process is fetching this checkpoint into ${partial}. Wait for it, or stop it.`);
  }
}

/** Removes what interrupted pulls of other checkpoints to the same place have left. */
async function removeOthers(target: string, partial: string): Promise<void> {
  const pattern = new RegExp(`^\\.${basename(target).replace(/[^\w]/g, '\\$&')}\\.[0-9a-f]{16}\\.partial$`);
  for (const name of await readdir(dirname(target))) {
    if (pattern.test(name) && name !== basename(partial)) await rm(join(dirname(target), name), { recursive: true, force: true });
  }
}
