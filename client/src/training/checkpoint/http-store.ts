import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { CheckpointError } from '../errors.js';
import { type CheckpointDescriptor, type CheckpointFile, DESCRIPTOR_MAX, DESCRIPTOR_NAME, descriptorHash, encodeDescriptor, totalBytes } from './descriptor.js';
import { empty } from './folder-store.js';
import { DEFAULT_RETRY, type RetryPolicy, withRetry } from './retry.js';
import { type CheckpointStore, exists, fetchDescriptor, isTransient, type OpenedFile, readSmall, type TransferOptions } from './store.js';

/** Which files of an upload are there already: what lets one that was interrupted go on. Removed by no one, tiny. */
const JOURNAL_NAME = 'psyche-upload.json';

export interface HttpStoreOptions {
  /** Default: Node's own. */
  fetch?: typeof fetch;
  /** Sent as `Authorization: Bearer`, to this store's own origin only. */
  token?: string;
  retry?: RetryPolicy;
}

/** A checkpoint below a URL of a server that answers GET (with ranges, or without) and takes PUT. */
export class HttpStore implements CheckpointStore {
  readonly location: string;
  private readonly fetch: typeof fetch;
  private readonly retry: RetryPolicy;

  /** @param base ends in a slash */
  constructor(private readonly base: URL, private readonly options: HttpStoreOptions = {}) {
    this.location = base.href.replace(/\/$/, '');
    this.fetch = options.fetch ?? fetch;
    this.retry = options.retry ?? DEFAULT_RETRY;
  }

  async open(name: string, from: number, signal: AbortSignal): Promise<OpenedFile> {
    const response = await this.request(name, { headers: from > 0 ? { range: `bytes=${from}-` } : {}, signal });
    // Past the end: an empty rest, as of any file that is there whole.
    if (response.status === 416) {
      await response.body?.cancel();
      return { body: empty() };
    }
    const partial = response.status === 206;
    const [start, size] = partial ? contentRange(response) : [0, Number(response.headers.get('content-length') ?? NaN)];
    if (start > from) throw unavailable(this.location, `it answered a range from ${start} for one from ${from}`);
    const encoded = response.headers.get('content-encoding') !== null;
    return { size: Number.isFinite(size) && !encoded ? size : undefined, body: this.bodyFrom(response, from - start) };
  }

  async publish(folder: string, descriptor: CheckpointDescriptor, options: TransferOptions): Promise<string> {
    const { signal } = options;
    const there = await withRetry(this.retry, signal, () => fetchDescriptor(this, signal));
    if (there !== undefined) {
      if (descriptorHash(there) === descriptorHash(descriptor)) return this.location;
      throw exists(this.location);
    }
    const total = totalBytes(descriptor);
    const sent = await this.readJournal(signal);
    const journal: CheckpointFile[] = [];
    let done = 0;
    let skipped = 0;
    for (const file of descriptor.files) {
      if (sent.has(entry(file)) && (await this.has(file, signal))) {
        skipped += file.bytes;
        done += file.bytes;
        options.onProgress?.({ name: file.name, done, total, skipped });
      } else {
        await withRetry(this.retry, signal, () => this.putFile(folder, file, signal, (bytes) => options.onProgress?.({ name: file.name, done: done + bytes, total, skipped })));
        done += file.bytes;
      }
      journal.push(file);
      await withRetry(this.retry, signal, () => this.putText(JOURNAL_NAME, JSON.stringify(journal), signal));
    }
    await withRetry(this.retry, signal, () => this.putText(DESCRIPTOR_NAME, encodeDescriptor(descriptor), signal));
    return this.location;
  }

  private async *bodyFrom(response: Response, skip: number): AsyncGenerator<Uint8Array> {
    if (response.body === null) return;
    try {
      for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
        // A server that knows no ranges sends all again.
        const dropped = Math.min(skip, part.length);
        skip -= dropped;
        if (dropped < part.length) yield part.subarray(dropped);
      }
    } catch (cause) {
      throw unavailable(this.location, 'the connection broke', cause);
    }
  }

  private async has(file: CheckpointFile, signal: AbortSignal): Promise<boolean> {
    try {
      const response = await withRetry(this.retry, signal, () => this.request(file.name, { method: 'HEAD', signal }));
      return Number(response.headers.get('content-length') ?? NaN) === file.bytes;
    } catch (error) {
      if (error instanceof CheckpointError && !isTransient(error)) return false;
      throw error;
    }
  }

  /** What an earlier attempt has sent, as it noted itself; anything that is no such note counts for nothing. */
  private async readJournal(signal: AbortSignal): Promise<Set<string>> {
    try {
      const text = await withRetry(this.retry, signal, () => readSmall(this, JOURNAL_NAME, DESCRIPTOR_MAX, signal));
      const files = JSON.parse(Buffer.from(text).toString('utf8')) as CheckpointFile[];
      return new Set(files.map(entry));
    } catch (error) {
      if (error instanceof CheckpointError && error.code !== 'CHECKPOINT_NOT_FOUND' && error.code !== 'CHECKPOINT_DAMAGED') throw error;
      return new Set();
    }
  }

  private async putFile(folder: string, file: CheckpointFile, signal: AbortSignal, onBytes: (sent: number) => void): Promise<void> {
    const stream = createReadStream(join(folder, file.name), { highWaterMark: 1 << 18 });
    let sent = 0;
    const counted = Readable.from(
      (async function* () {
        for await (const part of stream) {
          sent += (part as Buffer).length;
          onBytes(sent);
          yield part as Buffer;
        }
      })(),
      { objectMode: false },
    );
    try {
      // Object stores want the length beforehand, so the stream is sent with one and not in chunks.
      const init = { method: 'PUT', body: Readable.toWeb(counted), duplex: 'half', headers: { 'content-length': String(file.bytes), 'content-type': 'application/octet-stream' }, signal };
      await drain(await this.request(file.name, init as unknown as RequestInit));
    } finally {
      stream.destroy();
    }
  }

  private async putText(name: string, text: string, signal: AbortSignal): Promise<void> {
    await drain(await this.request(name, { method: 'PUT', body: text, headers: { 'content-type': 'application/json' }, signal }));
  }

  /** One request. @throws CheckpointError for every answer that is none; what may go away is `CHECKPOINT_UNAVAILABLE` */
  private async request(name: string, init: RequestInit): Promise<Response> {
    const url = new URL(encodeURIComponent(name), this.base);
    const headers = { ...(init.headers as Record<string, string>), ...(this.options.token === undefined ? {} : { authorization: `Bearer ${this.options.token}` }) };
    let response: Response;
    try {
      response = await this.fetch(url, { ...init, headers });
    } catch (cause) {
      init.signal?.throwIfAborted();
      throw unavailable(this.location, reason(cause), cause);
    }
    // fetch itself drops the token when it is sent on to another origin.
    if (url.protocol === 'https:' && response.url.startsWith('http:')) {
      await response.body?.cancel();
      throw new CheckpointError('CHECKPOINT_REFUSED', `${this.location} leads from https to plain http. Use a server that stays with https.`);
    }
    if (response.ok || response.status === 416) return response;
    await response.body?.cancel();
    throw refusal(this.location, name, init.method ?? 'GET', response.status);
  }
}

const entry = (file: CheckpointFile): string => `${file?.name} ${file?.bytes} ${file?.sha256}`;

/** @returns where the answer begins, and the size of the whole file (NaN where it is not said). */
function contentRange(response: Response): [start: number, size: number] {
  const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
  return match === null ? [Infinity, NaN] : [Number(match[1]), Number(match[2])];
}

function refusal(location: string, name: string, method: string, status: number): CheckpointError {
  if (status === 404 || status === 410) return new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${name} in ${location}.`);
  if (status === 401 || status === 403) {
    return new CheckpointError('CHECKPOINT_REFUSED', `${location} refuses ${method} of ${name} (${status}). Give a token that may in PSYCHE_CHECKPOINT_TOKEN.`);
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) return unavailable(location, `it answered ${status}`);
  return new CheckpointError('CHECKPOINT_REFUSED', `${location} does not take ${method} of ${name}: it answered ${status}.`);
}

/** Trying again may help. */
export function unavailable(location: string, why: string, cause?: unknown): CheckpointError {
  return new CheckpointError('CHECKPOINT_UNAVAILABLE', `${location} cannot be reached: ${why}. Try again later; what was transferred is kept.`, { cause });
}

/** What undici says of a failure hides in its cause. */
export function reason(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown } };
  return String(cause?.message ?? message ?? error);
}

async function drain(response: Response): Promise<void> {
  await response.arrayBuffer().catch(() => undefined);
}
