import { CheckpointError } from '../errors.js';
import type { CheckpointDescriptor } from './descriptor.js';
import { DESCRIPTOR_MAX, DESCRIPTOR_NAME, parseDescriptor } from './descriptor.js';

/** How far a transfer is; bytes are those of all files together. */
export interface TransferProgress {
  /** The file under way. */
  name: string;
  done: number;
  total: number;
  /** What of `done` was there already and did not have to be sent. */
  skipped: number;
}

export interface TransferOptions {
  signal: AbortSignal;
  onProgress?: (progress: TransferProgress) => void;
}

/** A file on its way. */
export interface OpenedFile {
  /** Of the whole file, where the other side says it. */
  size?: number;
  /** The bytes from where they were asked for. */
  body: AsyncIterable<Uint8Array>;
}

/** Where the files of one checkpoint are read from, by name. */
export interface CheckpointSource {
  /** For people and for the chain. */
  readonly location: string;
  /**
   * Opens a file from byte `from` on. The reader reads it to the end or leaves the loop, which closes it.
   * @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_REFUSED`; `CHECKPOINT_UNAVAILABLE` where trying again may help
   */
  open(name: string, from: number, signal: AbortSignal): Promise<OpenedFile>;
}

/** Where one checkpoint is kept, and how it gets there. */
export interface CheckpointStore extends CheckpointSource {
  /**
   * Puts a folder's files there, the descriptor last (or all at once): nobody ever sees a checkpoint that is not whole.
   * @returns the location to read it from, which for the Hub names the commit.
   * @throws CheckpointError `CHECKPOINT_EXISTS` where another one lies there; `CHECKPOINT_REFUSED`, `CHECKPOINT_UNAVAILABLE`
   */
  publish(folder: string, descriptor: CheckpointDescriptor, options: TransferOptions): Promise<string>;
}

/** Whether an error may go away by itself: the network's, or a server's that is overloaded. */
export const isTransient = (error: unknown): boolean => error instanceof CheckpointError && error.code === 'CHECKPOINT_UNAVAILABLE';

/** Reads a small file whole. @throws CheckpointError `CHECKPOINT_DAMAGED` for one longer than `limit` */
export async function readSmall(source: CheckpointSource, name: string, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  const { body } = await source.open(name, 0, signal);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > limit) throw new CheckpointError('CHECKPOINT_DAMAGED', `${name} in ${source.location} is longer than ${limit} bytes, which is too much for what it is.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The descriptor in a store; `undefined` where there is no whole checkpoint. @throws CheckpointError */
export async function fetchDescriptor(source: CheckpointSource, signal: AbortSignal): Promise<CheckpointDescriptor | undefined> {
  let text: Uint8Array;
  try {
    text = await readSmall(source, DESCRIPTOR_NAME, DESCRIPTOR_MAX, signal);
  } catch (error) {
    if (error instanceof CheckpointError && error.code === 'CHECKPOINT_NOT_FOUND') return undefined;
    throw error;
  }
  return parseDescriptor(Buffer.from(text).toString('utf8'));
}

/** The refusal to write over what is there. */
export function exists(location: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_EXISTS', `There is another checkpoint in ${location} already. Choose another location, or remove that one first.`);
}
