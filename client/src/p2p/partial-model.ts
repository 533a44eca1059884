import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesEqual, concatBytes, toHex } from '../protocol/bytes.js';
import { merkleRoot } from '../protocol/merkle.js';
import { P2pError } from './errors.js';
import { LEAF_BYTES, leafCount, rangeCount, rangeLength, splitLeaves, wrongChunk } from './model-ranges.js';
import { RANGE_BYTES } from './serving-limits.js';

/** Where a model's checked ranges go until all are there. */
export interface PartialModel {
  /** The model's leaf hashes, if an earlier process left them here. They give its root. */
  readonly leaves: readonly Uint8Array[] | undefined;
  /** Keeps the leaf hashes; to be called before the first range is written. */
  keepLeaves(leaves: readonly Uint8Array[]): Promise<void>;
  /** The ranges that are here in full: every chunk has the hash of its leaf. */
  present(signal: AbortSignal): Promise<Set<number>>;
  write(range: number, bytes: Uint8Array): Promise<void>;
  /** The model, once every range is here. */
  content(signal: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** For who has no folder: nothing is left of it when the process ends. */
export class ModelInMemory implements PartialModel {
  readonly leaves = undefined;
  private bytes: Uint8Array | undefined;

  constructor(private readonly size: number) {}

  async keepLeaves(): Promise<void> {}

  async present(): Promise<Set<number>> {
    return new Set();
  }

  async write(range: number, bytes: Uint8Array): Promise<void> {
    // only now that a peer has shown that it has something of this size
    this.bytes ??= new Uint8Array(this.size);
    this.bytes.set(bytes, range * RANGE_BYTES);
  }

  async content(): Promise<Uint8Array> {
    return this.bytes!;
  }

  async close(): Promise<void> {}
}

/** What is read of the file at once: little enough for the signal to be heard. */
const READ_BYTES = 16 * RANGE_BYTES;

/**
 * A file that outlives the process: the model's bytes at their places, then its leaf hashes.
 *
 * Nothing says which ranges are there but the hashes of what is there. So it needs no order of writes and no fsync: a
 * range that a crash tore, or that was never written, does not have its hashes and is fetched again.
 */
export class ModelFile implements PartialModel {
  leaves: readonly Uint8Array[] | undefined;

  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly size: number,
  ) {}

  /**
   * Opens what an earlier attempt left of this model in `folder`, or begins anew; what is there of other models goes.
   *
   * @param size bytes of the model.
   * @throws {P2pError} CANNOT_STORE
   */
  static async open(folder: string, root: Uint8Array, size: number): Promise<ModelFile> {
    const path = join(folder, nameOf(root));
    const opened = await storing(path, async () => {
      await mkdir(folder, { recursive: true });
      await removeDownloads(folder, root);
      return new ModelFile(path, await open(path, constants.O_RDWR | constants.O_CREAT, 0o600), size);
    });
    try {
      await storing(path, () => opened.findLeaves(root));
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  async keepLeaves(leaves: readonly Uint8Array[]): Promise<void> {
    await storing(this.path, () => writeAt(this.file, concatBytes(...leaves), this.size));
    this.leaves = leaves;
  }

  async present(signal: AbortSignal): Promise<Set<number>> {
    const found = new Set<number>();
    if (this.leaves === undefined) return found;
    const buffer = new Uint8Array(RANGE_BYTES);
    for (let range = 0; range < rangeCount(this.size); range++) {
      signal.throwIfAborted();
      const bytes = buffer.subarray(0, rangeLength(range, this.size));
      // a part of the disk that cannot be read holds nothing
      const whole = await readAt(this.file, bytes, range * RANGE_BYTES).catch(() => false);
      if (whole && wrongChunk(bytes, range, this.leaves) === undefined) found.add(range);
    }
    return found;
  }

  write(range: number, bytes: Uint8Array): Promise<void> {
    return storing(this.path, () => writeAt(this.file, bytes, range * RANGE_BYTES));
  }

  async content(signal: AbortSignal): Promise<Uint8Array> {
    const content = new Uint8Array(this.size);
    for (let at = 0; at < this.size; at += READ_BYTES) {
      signal.throwIfAborted();
      const whole = await storing(this.path, () => readAt(this.file, content.subarray(at, at + READ_BYTES), at));
      if (!whole) throw new P2pError('CANNOT_STORE', `${this.path} became shorter while it was in use: keep other programs away from it`);
    }
    return content;
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async findLeaves(root: Uint8Array): Promise<void> {
    const length = LEAF_BYTES * leafCount(this.size);
    const bytes = new Uint8Array(length);
    const { size } = await this.file.stat();
    if (size === this.size + length && (await readAt(this.file, bytes, this.size))) {
      const leaves = splitLeaves(bytes);
      if (bytesEqual(merkleRoot(leaves), root)) this.leaves = leaves;
    }
    if (this.leaves === undefined) await this.file.truncate(0);
  }
}

/**
 * Removes what downloads have left in a folder: when their model is safe elsewhere, or is wanted by nobody any more.
 *
 * @param keep the root of one that stays.
 */
export async function removeDownloads(folder: string, keep?: Uint8Array): Promise<void> {
  const kept = keep && nameOf(keep);
  for (const name of await readdir(folder).catch(() => [])) {
    if (/^[0-9a-f]{64}\.model$/.test(name) && name !== kept) await rm(join(folder, name), { force: true });
  }
}

const nameOf = (root: Uint8Array): string => `${toHex(root)}.model`;

async function storing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new P2pError('CANNOT_STORE', `${path} cannot be used (${why}): make room on the disk, or check whose folder it is`, { cause: error });
  }
}

async function writeAt(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

/** @returns false where the file ends before. */
async function readAt(file: FileHandle, target: Uint8Array, at: number): Promise<boolean> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, at + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}
