import { closeSync, fdatasync, fsyncSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { LedgerError } from './lock.js';

/** Length and checksum come before every entry. */
const HEADER_BYTES = 8;
/** More than any entry is; a larger length is damage. */
const MAX_ENTRY_BYTES = 256 * 1024 * 1024;

const dataSync = promisify(fdatasync);

/** An append-only file of values. An entry that was not written to its end is noticed by its checksum. */
export class Journal {
  #size: number;
  #syncing = false;
  #closed = false;
  /** Why nothing can be written any more. */
  #failure: LedgerError | null = null;

  private constructor(readonly path: string, readonly fd: number, size: number) {
    this.#size = size;
  }

  static create(path: string): Journal {
    return new Journal(path, openSync(path, 'w'), 0);
  }

  /**
   * Opens a file to append to it. `visit` gets the whole entries at its beginning, one by one, and says whether nothing
   * is missing up to there; `lost` is how many bytes there are after the last such place. They are cut off by `truncate`.
   */
  static open(path: string, visit: (value: unknown, index: number) => boolean): { journal: Journal; lost: number } {
    const fd = openSync(path, 'r+');
    try {
      const { size } = fstatSync(fd);
      const end = readEntries(fd, size, visit);
      return { journal: new Journal(path, fd, end), lost: size - end };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Cuts off what comes after the last whole entry. */
  truncate(): void {
    ftruncateSync(this.fd, this.#size);
  }

  /**
   * After this the entry survives the end of the process, `kill -9` included.
   *
   * @throws LedgerError if it cannot be written, and from then on always: what is there already stays whole
   */
  append(value: unknown): void {
    if (this.#failure) throw this.#failure;
    const payload = serialize(value);
    if (payload.length > MAX_ENTRY_BYTES) throw this.#fail(new Error(`an entry of ${payload.length} bytes is too large`));
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(payload.length, 0);
    header.writeUInt32LE(crc32(payload), 4);
    try {
      this.#write(header, this.#size);
      this.#write(payload, this.#size + HEADER_BYTES);
    } catch (error) {
      throw this.#fail(error);
    }
    this.#size += HEADER_BYTES + payload.length;
  }

  /** Begins to bring all entries to the disk, for the case that the machine goes down. A failure shows at the next entry. */
  sync(): void {
    if (this.#syncing || this.#closed) return;
    this.#syncing = true;
    fdatasync(this.fd, (error) => {
      this.#syncing = false;
      if (error) this.#fail(error);
      if (this.#closed) closeSync(this.fd);
    });
  }

  /** Waits until all entries so far are on the disk. */
  async flush(): Promise<void> {
    await dataSync(this.fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#syncing) return;
    try {
      if (!this.#failure) fsyncSync(this.fd);
    } finally {
      closeSync(this.fd);
    }
  }

  /** Closes a file that is not needed any more. */
  discard(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#syncing) closeSync(this.fd);
  }

  #write(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.length;) done += writeSync(this.fd, bytes, done, bytes.length - done, at + done);
  }

  #fail(cause: unknown): LedgerError {
    this.#failure ??= new LedgerError(
      `cannot write to ${this.path.replace(/\.tmp$/, '')}: ${cause instanceof Error ? cause.message : String(cause)}. Make room, or mend the disk, and start again: `
      + 'all that was confirmed before is there', { cause },
    );
    try {
      this.truncate();
    } catch {
      // The checksum tells as well where the last whole entry ends.
    }
    return this.#failure;
  }
}

/** Makes it last, where the file system can, that a file was created or renamed. */
export function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Windows opens no folders, and some file systems do not sync them.
  }
}

/** Gives every whole entry to `visit`, one in memory at a time, and the end of the last one after which nothing is missing. */
function readEntries(fd: number, size: number, visit: (value: unknown, index: number) => boolean): number {
  const header = Buffer.alloc(HEADER_BYTES);
  let end = 0;
  for (let at = 0, index = 0; size - at >= HEADER_BYTES; index++) {
    readFully(fd, header, at);
    const length = header.readUInt32LE(0);
    const from = at + HEADER_BYTES;
    if (length > MAX_ENTRY_BYTES || from + length > size) break;
    const payload = Buffer.allocUnsafeSlow(length);
    readFully(fd, payload, from);
    if (crc32(payload) !== header.readUInt32LE(4)) break;
    let value: unknown;
    try {
      value = deserialize(payload);
    } catch {
      break;
    }
    at = from + length;
    if (visit(value, index)) end = at;
  }
  return end;
}

function readFully(fd: number, into: Buffer, at: number): void {
  for (let done = 0; done < into.length;) {
    const read = readSync(fd, into, done, into.length - done, at + done);
    if (read === 0) throw new LedgerError('the ledger was shortened while it was read: only one process may use it');
    done += read;
  }
}
