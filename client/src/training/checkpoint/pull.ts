import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PsycheError } from '../../errors.js';
import { lockState } from '../../store/lock.js';
import { CheckpointError } from '../errors.js';
import { type CheckpointDescriptor, DESCRIPTOR_NAME, descriptorHash, encodeDescriptor, totalBytes } from './descriptor.js';
import { readDescriptor, syncFolder } from './files.js';
import { writeFlushed } from './folder-store.js';
import { fetchFiles } from './pull-files.js';
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
  await intoPlace(target, descriptorHash(descriptor), async (partial) => {
    await fetchFiles(source, partial, descriptor.files, options, retry);
    await vet(partial, async () => options.check?.(partial, descriptor));
    await writeFlushed(join(partial, DESCRIPTOR_NAME), [Buffer.from(encodeDescriptor(descriptor))]);
  });
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

/**
 * Fills a folder beside `target`, the same one for the same `key` (hex), and renames it when `fill` is done. What a fill that
 * failed has left is there for the next one.
 * @throws CheckpointError `CHECKPOINT_BUSY` while another process fills it
 */
export async function intoPlace(target: string, key: string, fill: (partial: string) => Promise<void>): Promise<void> {
  const partial = join(dirname(target), `.${basename(target)}.${key.slice(0, 16)}.partial`);
  await mkdir(partial, { recursive: true });
  const lock = lockPartial(partial);
  try {
    await removeOthers(target, partial);
    await fill(partial);
    lock.release();
    await syncFolder(partial);
    await rename(partial, target);
    await syncFolder(dirname(target));
  } finally {
    lock.release();
  }
}

/** Runs a check of the whole folder; one that it does not stand is not kept, since going on with it would end the same way. */
export async function vet(partial: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (error instanceof CheckpointError) await rm(partial, { recursive: true, force: true });
    throw error;
  }
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
