import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';

/** Length and checksum come before every entry. */
const HEADER_BYTES = 8;
/** More than any entry is; a larger length is damage. */
const MAX_ENTRY_BYTES = 256 * 1024 * 1024;

/** An append-only file of values. An entry that was not written to its end is noticed by its checksum. */
export class Journal {
  #size: number;
  #syncing = false;
  #closed = false;

  private constructor(readonly fd: number, size: number) {
    this.#size = size;
  }

  static create(path: string): Journal {
    return new Journal(openSync(path, 'w'), 0);
  }

  /**
   * Opens a file to append to it. `entries` are the whole entries at its beginning; `lost` is how many bytes after them
   * made no sense and were cut off.
   */
  static open(path: string): { journal: Journal; entries: unknown[]; lost: number } {
    const bytes = readFileSync(path);
    const { entries, end } = parse(bytes);
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, end);
    return { journal: new Journal(fd, end), entries, lost: bytes.length - end };
  }

  get size(): number {
    return this.#size;
  }

  /** After this the entry survives the end of the process, `kill -9` included. */
  append(value: unknown): void {
    const payload = serialize(value);
    const entry = Buffer.alloc(HEADER_BYTES + payload.length);
    entry.writeUInt32LE(payload.length, 0);
    entry.writeUInt32LE(crc32(payload), 4);
    entry.set(payload, HEADER_BYTES);
    for (let done = 0; done < entry.length;) {
      done += writeSync(this.fd, entry, done, entry.length - done, this.#size + done);
    }
    this.#size += entry.length;
  }

  /** Begins to bring all entries to the disk, for the case that the machine goes down. */
  sync(): void {
    if (this.#syncing || this.#closed) return;
    this.#syncing = true;
    fdatasync(this.fd, () => {
      this.#syncing = false;
      if (this.#closed) closeSync(this.fd);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#syncing) return;
    fsyncSync(this.fd);
    closeSync(this.fd);
  }
}

function parse(bytes: Buffer): { entries: unknown[]; end: number } {
  const entries: unknown[] = [];
  let end = 0;
  while (bytes.length - end >= HEADER_BYTES) {
    const length = bytes.readUInt32LE(end);
    const from = end + HEADER_BYTES;
    if (length > MAX_ENTRY_BYTES || from + length > bytes.length) break;
    const payload = bytes.subarray(from, from + length);
    if (crc32(payload) !== bytes.readUInt32LE(end + 4)) break;
    try {
      entries.push(deserialize(payload));
    } catch {
      break;
    }
    end = from + length;
  }
  return { entries, end };
}
