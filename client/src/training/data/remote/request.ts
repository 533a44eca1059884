import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { RemoteError } from './errors.js';
import { checkUrl, guardedLookup, type RemotePolicy } from './policy.js';

const MAX_REDIRECTS = 5;

/** No sender may take longer than a minute and what the bytes need at this rate. */
const SLOWEST_BYTES_PER_SECOND = 10_000;

/** Connections are kept for the policy under which their address was checked. */
const agents = new WeakMap<RemotePolicy, { plain: HttpAgent; secure: HttpsAgent }>();

/** A part of a file as a server sent it. */
export interface Part {
  /** Fewer than asked for where the connection ended early. */
  bytes: Buffer;
  /** Bytes of the whole file, as the server says. */
  size: number;
  /** Where it was in the end; asked first for the next part. */
  url: URL;
}

/** A failure that may pass. */
export class TransientError extends Error {
  constructor(message: string, readonly retryAfterMs?: number) {
    super(message);
  }
}

/**
 * Asks for `length` bytes from `start`, at most so many are taken whatever the server sends.
 * @param judge told the size of the file and its version before any of it is read; throws to refuse it
 * @throws TransientError what is worth another attempt; RemoteError what is not; the signal's reason
 */
export async function requestPart(first: URL, start: number, length: number, judge: (size: number, etag?: string) => void, policy: RemotePolicy, signal?: AbortSignal): Promise<Part> {
  let url = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    checkUrl(url, policy);
    const deadline = AbortSignal.timeout(60_000 + Math.ceil((length / SLOWEST_BYTES_PER_SECOND) * 1000));
    const both = signal ? AbortSignal.any([signal, deadline]) : deadline;
    try {
      const response = await send(url, start, length, policy, both);
      const status = response.statusCode ?? 0;
      if (status >= 300 && status < 400 && status !== 304) {
        response.destroy();
        url = redirected(url, response.headers.location);
        continue;
      }
      return await readPart(response, url, start, length, judge);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof RemoteError || error instanceof TransientError) throw error;
      throw new TransientError(deadline.aborted ? `${url.host} is too slow` : (error as Error).message);
    }
  }
  throw new RemoteError('REMOTE_ANSWER', `${first.host} redirects more than ${MAX_REDIRECTS} times.`);
}

function send(url: URL, start: number, length: number, policy: RemotePolicy, signal: AbortSignal): Promise<IncomingMessage> {
  const headers: Record<string, string> = { range: `bytes=${start}-${start + length - 1}`, 'accept-encoding': 'identity', 'user-agent': 'psyche-client' };
  if (policy.hubToken !== undefined && url.origin === new URL(policy.hubEndpoint).origin) headers.authorization = `Bearer ${policy.hubToken}`;
  const { plain, secure } = agentsOf(policy);
  const options = { headers, signal, timeout: policy.idleMs, lookup: guardedLookup(url, policy) };
  return new Promise((resolve, reject) => {
    const request: ClientRequest = url.protocol === 'https:' ? httpsRequest(url, { ...options, agent: secure, ca: policy.ca }, resolve) : httpRequest(url, { ...options, agent: plain }, resolve);
    request.on('timeout', () => request.destroy(new TransientError(`${url.host} says nothing`)));
    request.on('error', reject);
    request.end();
  });
}

function agentsOf(policy: RemotePolicy): { plain: HttpAgent; secure: HttpsAgent } {
  let pair = agents.get(policy);
  if (pair === undefined) agents.set(policy, (pair = { plain: new HttpAgent({ keepAlive: true, maxSockets: 16 }), secure: new HttpsAgent({ keepAlive: true, maxSockets: 16 }) }));
  return pair;
}

function redirected(from: URL, location: string | undefined): URL {
  if (location === undefined || !URL.canParse(location, from.href)) throw new RemoteError('REMOTE_ANSWER', `${from.host} redirects to nowhere.`);
  return new URL(location, from);
}

/** Checks an answer's head before its body is read. */
async function readPart(response: IncomingMessage, url: URL, start: number, length: number, judge: (size: number, etag?: string) => void): Promise<Part> {
  try {
    const status = response.statusCode ?? 0;
    const { headers } = response;
    if (status === 404 || status === 410) throw new RemoteError('REMOTE_NOT_FOUND', `There is no ${shown(url)} (HTTP ${status}).`);
    if (status === 401 || status === 403) throw new RemoteError('REMOTE_DENIED', `${url.host} denies ${shown(url)} (HTTP ${status}); if it is a gated data set of the Hub, put a token into HF_TOKEN.`);
    if (status === 408 || status === 429 || status >= 500) throw new TransientError(`${url.host} answers ${status}`, retryAfter(headers['retry-after']));
    if (status === 416) throw new RemoteError('REMOTE_CHANGED', `${shown(url)} ends before byte ${start}: it is not the file that it was.`);
    if (status !== 200 && status !== 206) throw new RemoteError('REMOTE_ANSWER', `${url.host} answers ${status} to a request for ${shown(url)}.`);
    const coding = headers['content-encoding'];
    if (coding !== undefined && coding !== 'identity') throw new RemoteError('REMOTE_ANSWER', `${url.host} sends ${shown(url)} as ${coding.slice(0, 40)}, which nobody asked for.`);
    const size = status === 206 ? partSize(url, headers['content-range'], start, length) : wholeSize(url, headers['content-length'], start, length);
    judge(size, headers.etag?.startsWith('W/') ? undefined : headers.etag);
    return { bytes: await readBody(response, url, Math.min(length, size - start)), size, url };
  } finally {
    if (!response.complete) response.destroy();
  }
}

/** @returns the whole file's size. A server may send less than it was asked for only at the file's end. */
function partSize(url: URL, range: string | undefined, start: number, length: number): number {
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(range ?? '');
  const [first, last, size] = match?.slice(1).map(Number) ?? [];
  if (match === null || first !== start || last !== Math.min(start + length, size) - 1) {
    throw new RemoteError('REMOTE_ANSWER', `${url.host} sent "${(range ?? '').slice(0, 80)}" of ${shown(url)} when asked for bytes ${start}-${start + length - 1}.`);
  }
  return size;
}

/** The whole file is as good as a part only where it is no more than what was asked for. */
function wholeSize(url: URL, header: string | undefined, start: number, length: number): number {
  const size = /^\d{1,16}$/.test(header ?? '') ? Number(header) : Infinity;
  if (start > 0 || size > length) throw new RemoteError('REMOTE_NO_RANGES', `${url.host} does not send parts of files (HTTP range requests), which reading ${shown(url)} takes: use another server.`);
  return size;
}

async function readBody(response: IncomingMessage, url: URL, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (at + chunk.length > length) throw new RemoteError('REMOTE_ANSWER', `${url.host} sends more of ${shown(url)} than it was asked for.`);
      at += chunk.copy(bytes, at);
    }
  } catch (error) {
    // What came before a connection broke is kept, and the rest asked for again.
    if (error instanceof RemoteError || at === 0) throw error;
  }
  return bytes.subarray(0, at);
}

function retryAfter(header: string | undefined): number | undefined {
  return /^\d{1,4}$/.test(header ?? '') ? Math.min(60, Number(header)) * 1000 : undefined;
}

/** Without the query, which may be a signature. */
const shown = (url: URL): string => `${url.origin}${url.pathname}`.slice(0, 200);
