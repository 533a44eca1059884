import { setTimeout as pause } from 'node:timers/promises';
import type { RandomAccessFile } from '../random-access.js';
import type { BlockCache } from './block-cache.js';
import { RemoteError } from './errors.js';
import { checkUrl, type RemotePolicy } from './policy.js';
import { type Part, requestPart, TransientError } from './request.js';

/** Unless told otherwise, a file is fetched and kept in parts of this many bytes. */
export const DEFAULT_BLOCK_BYTES = 1 << 20;

/** No single request asks for more: a break costs at most so much, and answers are held in memory. */
const MAX_REQUEST_BYTES = 16 << 20;
const LONGEST_PAUSE_MS = 30_000;

/** A connection that brings at least so many bytes before it breaks was worth it: nobody drips a file byte by byte. */
const ENOUGH_PROGRESS = 1 << 16;

export interface RemoteFileOptions {
  policy: RemotePolicy;
  cache?: BlockCache;
  /** A larger file is refused before any of it is fetched. */
  maxBytes: number;
  /**
   * Where known beforehand: nothing is asked before the first read, what is at hand needs no server, and a file of another
   * size is refused. Who knows the size knows a hash too, by which what is read is verified.
   */
  exactBytes?: number;
  blockBytes?: number;
  signal?: AbortSignal;
}

/** A file behind HTTP range requests, with the parts that were read kept on disk. Safe for reads at the same time. */
export class RemoteFile implements RandomAccessFile {
  size = 0;
  private etag: string | undefined;
  /** Where the last redirect led: the Hub's files lie elsewhere, at addresses that expire. */
  private resolved: URL | undefined;
  private readonly blockBytes: number;
  /** Without a cache, what was fetched last: who reads a file through asks for parts of blocks. */
  private last: { block: number; bytes: Uint8Array } | undefined;

  private constructor(readonly name: string, private readonly url: URL, private readonly options: RemoteFileOptions) {
    this.blockBytes = options.blockBytes ?? DEFAULT_BLOCK_BYTES;
  }

  /**
   * Asks for the first part, and so learns size and version, unless the size is known.
   * @throws RemoteError `REMOTE_TOO_LARGE`, `REMOTE_CHANGED` where it is not `exactBytes` long, and others
   */
  static async open(url: URL, options: RemoteFileOptions): Promise<RemoteFile> {
    const file = new RemoteFile(url.href.slice(0, 300), url, options);
    checkUrl(url, options.policy);
    if (options.exactBytes !== undefined) {
      file.judge(options.exactBytes);
      return file;
    }
    const first = await file.fetch(0, Math.min(file.blockBytes, options.maxBytes), options.signal);
    await file.keep(0, first);
    return file;
  }

  async read(start: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (start < 0 || length < 0 || start + length > this.size) throw new RangeError(`${this.name} has ${this.size} bytes, not ${start + length}`);
    const bytes = new Uint8Array(length);
    const last = Math.ceil((start + length) / this.blockBytes);
    for (let block = Math.floor(start / this.blockBytes); block < last; ) {
      const at = block * this.blockBytes;
      const piece = (await this.kept(block)) ?? (await this.fetchBlocks(block, last, signal));
      const from = Math.max(0, start - at);
      bytes.set(piece.subarray(from, Math.min(piece.length, start + length - at)), at + from - start);
      block += Math.max(1, Math.ceil(piece.length / this.blockBytes));
    }
    return bytes;
  }

  /** Forgets what the cache holds of a part: it is not what it should be. */
  async forget(start: number, length: number): Promise<void> {
    this.last = undefined;
    for (let block = Math.floor(start / this.blockBytes); block * this.blockBytes < start + length; block++) await this.cache?.drop(this.key(block));
  }

  /** Lets go of what is held in memory; it can be read again. */
  close(): Promise<void> {
    this.last = undefined;
    return Promise.resolve();
  }

  private async kept(block: number): Promise<Uint8Array | undefined> {
    if (this.cache) return this.cache.get(this.key(block));
    const { last } = this;
    const bytes = last?.bytes.subarray((block - last.block) * this.blockBytes);
    return last && block >= last.block && bytes!.length > 0 ? bytes : undefined;
  }

  /** Fetches and keeps the blocks from `block` up to `last`, or as many of them as one request takes. */
  private async fetchBlocks(block: number, last: number, signal?: AbortSignal): Promise<Uint8Array> {
    const most = Math.max(1, Math.min(last - block, Math.floor(MAX_REQUEST_BYTES / this.blockBytes)));
    const start = block * this.blockBytes;
    const length = Math.min(most * this.blockBytes, this.size - start);
    const bytes = await this.fetch(start, length, signal);
    await this.keep(block, bytes);
    return bytes;
  }

  private async keep(block: number, bytes: Uint8Array): Promise<void> {
    if (this.cache === undefined) this.last = { block, bytes };
    else for (let at = 0; at < bytes.length; at += this.blockBytes) await this.cache.put(this.key(block + at / this.blockBytes), bytes.subarray(at, at + this.blockBytes));
  }

  /** The cache, where there is something by which to tell this version of the file from others. */
  private get cache(): BlockCache | undefined {
    return this.options.exactBytes !== undefined || this.etag !== undefined ? this.options.cache : undefined;
  }

  /** A part of the file, asked for again and again from where it broke off. */
  private async fetch(start: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const { attempts, firstPauseMs } = this.options.policy;
    const pieces: Uint8Array[] = [];
    let wanted = length;
    let failures = 0;
    for (let at = start; wanted > 0; ) {
      try {
        const part = await this.attempt(at, wanted, signal);
        wanted = Math.min(wanted, part.size - at) - part.bytes.length;
        at += part.bytes.length;
        pieces.push(part.bytes);
        if (part.bytes.length >= ENOUGH_PROGRESS) failures = 0;
        if (wanted > 0 && part.bytes.length < ENOUGH_PROGRESS) throw new TransientError('the connection breaks after a few bytes');
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof TransientError)) throw error;
        if (++failures >= attempts) throw new RemoteError('REMOTE_UNAVAILABLE', `${this.name} cannot be had: ${error.message}. Try again later, or name a copy with --data.`, { cause: error });
        const wait = error.retryAfterMs ?? Math.min(LONGEST_PAUSE_MS, firstPauseMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
        await pause(wait, undefined, signal ? { signal } : undefined);
      }
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  private async attempt(start: number, length: number, signal?: AbortSignal): Promise<Part> {
    const judge = (size: number, etag?: string): void => this.judge(size, etag);
    let part: Part;
    try {
      part = await requestPart(this.resolved ?? this.url, start, length, judge, this.options.policy, signal);
    } catch (error) {
      if (this.resolved === undefined || !(error instanceof RemoteError)) throw error;
      this.resolved = undefined;
      part = await requestPart(this.url, start, length, judge, this.options.policy, signal);
    }
    if (part.url.href !== this.url.href) this.resolved = part.url;
    return part;
  }

  /** The first answer says what file this is; every other one must be of the same. */
  private judge(size: number, etag?: string): void {
    const { maxBytes, exactBytes } = this.options;
    if (exactBytes !== undefined && size !== exactBytes) throw new RemoteError('REMOTE_CHANGED', `${this.name} has ${size} bytes where ${exactBytes} were announced.`);
    if (size > maxBytes) throw new RemoteError('REMOTE_TOO_LARGE', `${this.name} has ${size} bytes, more than the ${maxBytes} allowed: nothing of it was fetched. Raise --max-disk if you want it.`);
    if (this.size === 0) this.size = size;
    this.etag ??= etag;
    if (size !== this.size || (etag !== undefined && etag !== this.etag)) {
      throw new RemoteError('REMOTE_CHANGED', `${this.name} is not the file that it was when it was opened.`);
    }
  }

  private key(block: number): string {
    return [this.url.href, this.size, this.options.exactBytes === undefined ? (this.etag ?? '') : 'verified', this.blockBytes, block].join('\n');
  }
}
