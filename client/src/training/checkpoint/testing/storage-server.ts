import type { IncomingMessage, ServerResponse } from 'node:http';
import { LocalServer } from './local-server.js';

/* A server that keeps what is PUT and serves ranges of it, for tests: no test is in here. */

/** What a test lets go wrong. */
export interface Faults {
  /** Cuts the connection after this many bytes of a file's body, as often as `cuts` says. */
  cutAfter?: number;
  cuts?: number;
  /** Answers the next so many requests with 503. */
  busy?: number;
  /** Answers ranges with the whole file. */
  ignoreRanges?: boolean;
  /** Falls silent after this many bytes of a longer body, once, and then calls `stalled`. */
  stallAfter?: number;
  stalled?: () => void;
  /** Takes no PUT of this name, once. */
  refusePut?: string;
}

export class StorageServer extends LocalServer {
  readonly files = new Map<string, Buffer>();
  /** `GET /a/config.json 12-`, in the order they came. */
  readonly requests: string[] = [];
  faults: Faults = {};
  /** Demanded of all requests, if set. */
  token: string | undefined;

  static start(): Promise<StorageServer> {
    return new StorageServer().listen();
  }

  protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const { faults } = this;
    const [, range, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    this.requests.push(`${method} ${url}${range === undefined ? '' : ` ${range}-`}`);
    const end = (status: number): void => void response.writeHead(status).end();
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) return end(401);
    if ((faults.busy ?? 0) > 0) {
      faults.busy!--;
      return end(503);
    }
    if (method === 'PUT') return this.take(request, end, url);
    const file = this.files.get(url);
    if (file === undefined) return end(404);
    const from = range === undefined || faults.ignoreRanges === true ? 0 : Number(range);
    if (from > file.length || (range !== undefined && from === file.length && faults.ignoreRanges !== true)) return end(416);
    const ranged = range !== undefined && faults.ignoreRanges !== true;
    const body = file.subarray(from, ranged && last ? Number(last) + 1 : undefined);
    response.writeHead(ranged ? 206 : 200, {
      'content-length': body.length,
      ...(ranged ? { 'content-range': `bytes ${from}-${from + body.length - 1}/${file.length}` } : {}),
    });
    if (method === 'HEAD') return void response.end();
    if (faults.cutAfter !== undefined && body.length > faults.cutAfter && (faults.cuts ?? 0) > 0) {
      faults.cuts!--;
      response.write(body.subarray(0, faults.cutAfter), () => response.destroy());
      return;
    }
    const { stallAfter } = faults;
    if (stallAfter !== undefined && body.length > stallAfter) {
      faults.stallAfter = undefined;
      response.write(body.subarray(0, stallAfter), () => faults.stalled?.());
      return;
    }
    response.end(body);
  }

  private async take(request: IncomingMessage, end: (status: number) => void, url: string): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    // As object stores do, which take no body of unknown length.
    if (request.headers['content-length'] === undefined) return end(411);
    if (Number(request.headers['content-length']) !== body.length) return end(400);
    if (this.faults.refusePut !== undefined && url.endsWith(this.faults.refusePut)) {
      this.faults.refusePut = undefined;
      return end(412);
    }
    this.files.set(url, body);
    end(201);
  }
}
