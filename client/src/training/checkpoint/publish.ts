import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.js';
import { type CheckpointDescriptor, type CheckpointOrigin, DESCRIPTOR_NAME, encodeDescriptor } from './descriptor.js';
import { describeFolder, readDescriptor } from './files.js';
import { FolderStore, writeFlushed } from './folder-store.js';
import { HttpStore } from './http-store.js';
import { HubStore } from './hub-store.js';
import { type CheckpointLocation, childLocation, formatLocation, parseLocation } from './location.js';
import type { RetryPolicy } from './retry.js';
import type { CheckpointStore, TransferOptions } from './store.js';

/** Bytes of a location that fit the run's account (docs/protocol.md, `checkpoint`). */
export const LOCATION_MAX = 128;

export interface StoreOptions {
  /** Plain http to other machines, which the operator has to ask for. */
  allowHttp?: boolean;
  /** A Hub repository that has to be made is public. */
  public?: boolean;
  fetch?: typeof fetch;
  retry?: RetryPolicy;
  /** Default: the process's own. Read are PSYCHE_CHECKPOINT_TOKEN, HF_TOKEN and HF_ENDPOINT. */
  env?: NodeJS.ProcessEnv;
}

/** Opens the store that an operator names. @throws CheckpointError `LOCATION_INVALID`, `LOCATION_INSECURE`, `CHECKPOINT_REFUSED` */
export function openStore(location: CheckpointLocation | string, options: StoreOptions = {}): CheckpointStore {
  const at = typeof location === 'string' ? parseLocation(location, options) : location;
  const { env = process.env, fetch, retry } = options;
  if (at.kind === 'folder') return new FolderStore(at.path);
  if (at.kind === 'http') return new HttpStore(at.url, { fetch, retry, token: env.PSYCHE_CHECKPOINT_TOKEN || undefined });
  const hubUrl = env.HF_ENDPOINT || undefined;
  if (hubUrl !== undefined) parseLocation(hubUrl, options);
  return new HubStore(at, { fetch, retry, hubUrl: hubUrl?.replace(/\/+$/, ''), token: env.HF_TOKEN || undefined, public: options.public });
}

/**
 * Where an epoch's checkpoint goes in the store of a whole run. On the Hub that is the repository itself: its commits are
 * told apart by their hashes.
 */
export function epochLocation(store: CheckpointLocation, epoch: number, root: string): CheckpointLocation {
  return store.kind === 'hub' ? store : childLocation(store, `epoch-${epoch}-${root.slice(0, 8)}`);
}

/**
 * Whether the locations that a run's store will give fit the chain; the Hub's name a commit of 40 characters.
 * @throws CheckpointError `LOCATION_TOO_LONG`
 */
export function checkStoreLocation(store: CheckpointLocation): void {
  const sample = epochLocation(store, 2 ** 32 - 1, 'f'.repeat(64));
  const text = formatLocation(sample.kind === 'hub' ? { ...sample, revision: 'f'.repeat(40) } : sample);
  if (Buffer.byteLength(text) > LOCATION_MAX) {
    throw new CheckpointError('LOCATION_TOO_LONG', `Checkpoints in ${formatLocation(store)} have locations of ${Buffer.byteLength(text)} bytes; the chain takes ${LOCATION_MAX}. Choose a shorter one.`);
  }
}

/**
 * Makes a Hugging Face folder a checkpoint: hashes its files and writes the descriptor. A descriptor that says the same is
 * left as it is.
 */
export async function sealCheckpoint(folder: string, origin: CheckpointOrigin, signal: AbortSignal): Promise<CheckpointDescriptor> {
  const descriptor = await describeFolder(folder, origin, signal);
  const path = join(folder, DESCRIPTOR_NAME);
  const text = encodeDescriptor(descriptor);
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return descriptor;
  await writeFlushed(`${path}.tmp`, [Buffer.from(text)]);
  await rename(`${path}.tmp`, path);
  return descriptor;
}

/**
 * Puts a sealed checkpoint folder into a store.
 * @returns the location to read it from
 * @throws CheckpointError `CHECKPOINT_NOT_FOUND` for a folder that was not sealed, and as {@link CheckpointStore.publish}
 */
export async function publishCheckpoint(store: CheckpointStore, folder: string, options: TransferOptions): Promise<string> {
  const descriptor = await readDescriptor(folder);
  if (descriptor === undefined) throw new CheckpointError('CHECKPOINT_NOT_FOUND', `${folder} holds no ${DESCRIPTOR_NAME}, so nothing says what it is. Push it with the command, which writes one.`);
  return store.publish(folder, descriptor, options);
}
