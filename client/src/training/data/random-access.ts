import { type FileHandle, open } from 'node:fs/promises';
import { DataError } from '../errors.js';

/** A file of which any part can be read, wherever it lies. */
export interface RandomAccessFile {
  /** For messages. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `start`. @throws when the file has no such part, or it cannot be had */
  read(start: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A file on this machine. */
export class LocalFile implements RandomAccessFile {
  private constructor(readonly name: string, readonly size: number, private readonly handle: FileHandle, readonly stamp: string) {}

  /** @throws DataError `DATA_NOT_FOUND` */
  static async open(path: string): Promise<LocalFile> {
    const handle = await open(path).catch((cause: unknown) => {
      throw new DataError('DATA_NOT_FOUND', `Cannot open ${path}: check the path given with --data.`, { cause });
    });
    const stat = await handle.stat();
    if (!stat.isFile()) {
      await handle.close();
      throw new DataError('DATA_NOT_FOUND', `${path} is no file.`);
    }
    return new LocalFile(path, stat.size, handle, `${stat.size} ${stat.mtimeMs} ${stat.ino}`);
  }

  async read(start: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const { bytesRead } = await this.handle.read(bytes, at, length - at, start + at);
      if (bytesRead === 0) throw new DataError('DATA_DIFFERS', `${this.name} became shorter while it was read.`);
      at += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** A file whose bytes are in memory. */
export class MemoryFile implements RandomAccessFile {
  constructor(readonly name: string, private readonly bytes: Uint8Array) {}

  get size(): number {
    return this.bytes.length;
  }

  async read(start: number, length: number): Promise<Uint8Array> {
    if (start + length > this.bytes.length) throw new RangeError(`${this.name} has ${this.bytes.length} bytes, and none up to ${start + length}`);
    return this.bytes.subarray(start, start + length);
  }

  async close(): Promise<void> {}
}

/** The whole of a small file. @throws DataError `DATA_TOO_LARGE` above `maxBytes` */
export async function readWhole(file: RandomAccessFile, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  if (file.size > maxBytes) throw new DataError('DATA_TOO_LARGE', `${file.name} has ${file.size} bytes; at most ${maxBytes} are read.`);
  return file.size === 0 ? new Uint8Array(0) : file.read(0, file.size, signal);
}

/** A file from its beginning to its end, in pieces of at most `pieceBytes`, the next one being read meanwhile. */
export async function* readThrough(file: RandomAccessFile, start = 0, end = file.size, pieceBytes = 1 << 20, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const piece = (at: number): Promise<Uint8Array> | undefined => (at < end ? file.read(at, Math.min(pieceBytes, end - at), signal) : undefined);
  let next = piece(start);
  for (let at = start; next !== undefined; at += pieceBytes) {
    const bytes = await next;
    next = piece(at + pieceBytes);
    next?.catch(() => {});
    yield bytes;
  }
}
