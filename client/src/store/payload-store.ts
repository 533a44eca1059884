import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesEqual, sha256, toHex } from '../protocol/bytes.js';

/** So much of the disk is left to everybody else, commitments above all: without those nothing can be announced. */
const LEFT_FREE_BYTES = 1e9;

export interface PayloadStoreOptions {
  /** Most that payloads take on the disk, bytes; 0: none are kept. */
  maxBytes: number;
  /** Bytes that are free on the disk of a folder; for tests. */
  free?: (folder: string) => Promise<number>;
}

/**
 * The payloads of an epoch on disk, each under its SHA-256, so that a replay or a restart has those that memory has no
 * room for. A file is worth what its content hashes to: a torn one is removed when it is read. Nothing is waited for
 * that only a power loss could take: the loss of a payload costs asking a peer.
 */
export class PayloadStore {
  /** Hash in hex to bytes. */
  private readonly held = new Map<string, number>();
  private scanned: Promise<Map<string, number>> | undefined;
  private total = 0;

  constructor(
    private readonly folder: string,
    private readonly options: PayloadStoreOptions,
  ) {}

  /** Bytes of all payloads that are kept. */
  get bytes(): number {
    return this.total;
  }

  get maxBytes(): number {
    return this.options.maxBytes;
  }

  /** @returns false where there is no room for it. */
  async put(hash: Uint8Array, payload: Uint8Array): Promise<boolean> {
    const held = await this.scan();
    const name = toHex(hash);
    const room = await this.diskHasRoom(payload.length);
    if (held.has(name)) return true;
    if (!room || this.total + payload.length > this.options.maxBytes) return false;
    // Counted first, so that several that are written at once do not exceed the bound together.
    held.set(name, payload.length);
    this.total += payload.length;
    try {
      await this.write(this.path(name), payload);
      return true;
    } catch (error) {
      this.forget(name);
      throw error;
    }
  }

  /** @returns undefined where it is not here, or not any more what it was */
  async get(hash: Uint8Array): Promise<Uint8Array | undefined> {
    const name = toHex(hash);
    const size = (await this.scan()).get(name);
    if (size === undefined) return undefined;
    const path = this.path(name);
    const whole = (await stat(path).catch(() => undefined))?.size === size;
    const payload = whole ? await readFile(path).catch(() => undefined) : undefined;
    if (payload !== undefined && bytesEqual(sha256(payload), hash)) return new Uint8Array(payload.buffer, payload.byteOffset, payload.length);
    this.forget(name);
    await rm(path, { force: true });
    return undefined;
  }

  /** Removes all but these. @param hashes in hex */
  async keep(hashes: ReadonlySet<string>): Promise<void> {
    for (const name of [...(await this.scan()).keys()]) {
      if (hashes.has(name)) continue;
      this.forget(name);
      await rm(this.path(name), { force: true });
    }
  }

  private async write(path: string, payload: Uint8Array): Promise<void> {
    const temporary = `${path}.part`;
    const file = await open(temporary, 'w', 0o600);
    try {
      for (let done = 0; done < payload.length; ) done += (await file.write(payload, done)).bytesWritten;
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  }

  /** What an earlier process left; what it did not finish is removed. */
  private scan(): Promise<Map<string, number>> {
    this.scanned ??= this.scanOnce();
    return this.scanned;
  }

  private async scanOnce(): Promise<Map<string, number>> {
    await mkdir(this.folder, { recursive: true });
    for (const file of await readdir(this.folder)) {
      const [, name] = /^([0-9a-f]{64})\.bin$/.exec(file) ?? [];
      const size = name === undefined ? undefined : (await stat(join(this.folder, file)).catch(() => undefined))?.size;
      if (name === undefined || size === undefined) await rm(join(this.folder, file), { force: true, recursive: true });
      else {
        this.held.set(name, size);
        this.total += size;
      }
    }
    return this.held;
  }

  /** Whether the disk has room for so many bytes, and for what must not fail beside them. */
  async diskHasRoom(bytes: number): Promise<boolean> {
    await this.scan();
    const { free = freeOf } = this.options;
    return (await free(this.folder)) >= LEFT_FREE_BYTES + bytes;
  }

  private forget(name: string): void {
    const size = this.held.get(name);
    if (size === undefined) return;
    this.held.delete(name);
    this.total -= size;
  }

  private path(name: string): string {
    return join(this.folder, `${name}.bin`);
  }
}

async function freeOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
