import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.js';
import { type CheckpointDescriptor, type CheckpointFile, type CheckpointOrigin, DESCRIPTOR_MAX, DESCRIPTOR_NAME, isFileName, parseDescriptor } from './descriptor.js';

const READ_BYTES = 1 << 20;

/** Feeds a file's first `bytes` bytes (default: all) to a hash. @returns how many there were. */
export async function hashInto(hash: Hash, path: string, signal: AbortSignal, bytes?: number): Promise<number> {
  if (bytes === 0) return 0;
  let read = 0;
  const end = bytes === undefined ? undefined : bytes - 1;
  for await (const part of createReadStream(path, { highWaterMark: READ_BYTES, end, signal })) {
    hash.update(part as Buffer);
    read += (part as Buffer).length;
  }
  return read;
}

/** A file's size and sha256, read once from front to end. */
export async function describeFile(folder: string, name: string, signal: AbortSignal): Promise<CheckpointFile> {
  const hash = createHash('sha256');
  const bytes = await hashInto(hash, join(folder, name), signal);
  return { name, bytes, sha256: hash.digest('hex') };
}

/**
 * Hashes what is in a Hugging Face folder: the files themselves, no folders, nothing hidden or half written.
 * @throws CheckpointError `CHECKPOINT_NOT_FOUND`
 */
export async function describeFolder(folder: string, origin: CheckpointOrigin, signal: AbortSignal): Promise<CheckpointDescriptor> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw notFound(folder, cause);
  });
  const names = entries.filter((e) => e.isFile() && isFileName(e.name)).map((e) => e.name).sort();
  if (!names.some((n) => n.endsWith('.safetensors'))) throw notFound(folder);
  const files: CheckpointFile[] = [];
  for (const name of names) files.push(await describeFile(folder, name, signal));
  return { version: 1, ...origin, files };
}

/**
 * The descriptor of a checkpoint folder; `undefined` where there is none: then the folder is a model, but nothing says
 * that it is whole.
 * @throws CheckpointError `CHECKPOINT_DAMAGED`
 */
export async function readDescriptor(folder: string): Promise<CheckpointDescriptor | undefined> {
  const path = join(folder, DESCRIPTOR_NAME);
  const size = await stat(path).then((s) => s.size, () => undefined);
  if (size === undefined) return undefined;
  if (size > DESCRIPTOR_MAX) throw new CheckpointError('CHECKPOINT_DAMAGED', `${path} is longer than a descriptor can be. Fetch the checkpoint again.`);
  return parseDescriptor(await readFile(path, 'utf8'));
}

/** Makes what was renamed or created in a folder last through a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function notFound(folder: string, cause?: unknown): CheckpointError {
  return new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no checkpoint in ${folder}. Name a folder that holds config.json and *.safetensors.`, { cause });
}
