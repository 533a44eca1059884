import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

const DIGEST_BYTES = 32;

/** Parts are counted as if they had so many bytes on average: a data set of tiny ones would take all of a disk's inodes. */
const LEAST_MEAN_BYTES = 1 << 15;
/** So many may be smaller. */
const FEW_PARTS = 1024;

/**
 * Parts of remote files on this machine's disk, the least recently used ones removed where they become more than
 * `maxBytes`. A part appears whole or not at all, with its SHA-256 in front; a damaged one is as good as none.
 */
export class BlockCache {
  /** File name to bytes on disk, least recently used first. */
  private readonly held = new Map<string, number>();
  private bytes = 0;

  private constructor(private readonly folder: string, readonly maxBytes: number) {}

  static async open(cacheDir: string, maxBytes: number): Promise<BlockCache> {
    const cache = new BlockCache(join(cacheDir, 'blocks'), maxBytes);
    await cache.scan();
    return cache;
  }

  /** @param key whatever tells this part from all others */
  async get(key: string): Promise<Buffer | undefined> {
    const name = nameOf(key);
    const size = this.held.get(name);
    if (size === undefined) return undefined;
    const raw = await readFile(this.path(name)).catch(() => undefined);
    const body = raw?.subarray(DIGEST_BYTES);
    if (raw === undefined || body === undefined || !digest(body).equals(raw.subarray(0, DIGEST_BYTES))) {
      await this.remove(name);
      return undefined;
    }
    this.held.delete(name);
    this.held.set(name, size);
    const now = new Date();
    await utimes(this.path(name), now, now).catch(() => {});
    return body;
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    const name = nameOf(key);
    const size = DIGEST_BYTES + body.length;
    if (size > this.maxBytes || this.held.has(name)) return;
    // Counted before it is written, so that parts being written at once do not exceed the bound together.
    this.held.set(name, size);
    this.bytes += size;
    await this.makeRoom();
    const temporary = `${this.path(name)}.${randomBytes(4).toString('hex')}.part`;
    await mkdir(join(this.folder, name.slice(0, 2)), { recursive: true });
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writev([digest(body), body]);
    } finally {
      await file.close();
    }
    await rename(temporary, this.path(name));
  }

  async drop(key: string): Promise<void> {
    await this.remove(nameOf(key));
  }

  private async scan(): Promise<void> {
    const found: { name: string; size: number; used: number }[] = [];
    for (const group of await list(this.folder)) {
      for (const name of await list(join(this.folder, group))) {
        const path = join(this.folder, group, name);
        const info = await stat(path).catch(() => undefined);
        // Parts of a process that died are removed, those that another process is writing now are not.
        if (info && name.endsWith('.part') && Date.now() - info.mtimeMs > 3_600_000) await rm(path, { force: true });
        else if (info && /^[0-9a-f]{40}$/.test(name)) found.push({ name, size: info.size, used: info.mtimeMs });
      }
    }
    for (const { name, size } of found.sort((a, b) => a.used - b.used)) {
      this.held.set(name, size);
      this.bytes += size;
    }
    await this.makeRoom();
  }

  private async makeRoom(): Promise<void> {
    const most = Math.max(FEW_PARTS, this.maxBytes / LEAST_MEAN_BYTES);
    for (const old of this.held.keys()) {
      if (this.bytes <= this.maxBytes && this.held.size <= most) break;
      await this.remove(old);
    }
  }

  private async remove(name: string): Promise<void> {
    this.bytes -= this.held.get(name) ?? 0;
    this.held.delete(name);
    await rm(this.path(name), { force: true });
  }

  private path(name: string): string {
    return join(this.folder, name.slice(0, 2), name);
  }
}

const nameOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 40);
const digest = (body: Uint8Array): Buffer => createHash('sha256').update(body).digest();
const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
