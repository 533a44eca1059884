import type { Trouble } from './endpoint-health.js';
import { type Doubt, doubtOf, faultIn, troubleIn, troubleOf } from './rpc-fault.js';

/** A node's answer to one request, as far as the way to it is concerned. */
export type Answer =
  /** JSON-RPC's answer, which may be an error that concerns the request, or about which another node may say otherwise. */
  | { text: string; doubt?: Doubt }
  /** Another node may do better; `wait` is what this one asks for, milliseconds. */
  | { trouble: Trouble; reason: string; wait?: number };

/** Takes what an operator should know of: a stable code, and a sentence. Must not throw. */
export type Tell = (code: string, message: string) => void;

export interface AskOptions {
  /** Silence after which the node is given up, milliseconds. */
  silenceMs: number;
  /** Time after which it is given up although it drips, milliseconds. */
  longestMs: number;
  maxBytes: number;
  signal: AbortSignal;
}

/** Nobody is let wait longer by a header. */
const MAX_WAIT_MS = 60_000;

/** Posts one JSON-RPC request. It never throws: what went wrong is the answer. */
export async function ask(url: string, body: string, options: AskOptions): Promise<Answer> {
  const limit = new AbortController();
  const stop = (): void => limit.abort(options.signal.reason);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  // An answer that came while this process was busy elsewhere is read first.
  let heard = 0;
  const silent = setTimeout(() => {
    const before = heard;
    setImmediate(() => heard === before && limit.abort(new Error(`silent for ${options.silenceMs / 1000} s`)));
  }, options.silenceMs);
  const hear = (): void => {
    heard++;
    silent.refresh();
  };
  const longest = setTimeout(() => limit.abort(new Error(`not done after ${options.longestMs / 1000} s`)), options.longestMs);
  try {
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' }, signal: limit.signal });
    hear();
    const text = await read(response, options.maxBytes, hear);
    return response.ok ? judge(text) : { trouble: troubleOf(response.status), reason: `answers ${response.status}`, wait: waitOf(response.headers.get('retry-after')) };
  } catch (error) {
    return { trouble: 'unreachable', reason: reasonOf(limit.signal.aborted ? limit.signal.reason : error) };
  } finally {
    clearTimeout(silent);
    clearTimeout(longest);
    options.signal.removeEventListener('abort', stop);
    // A body that was not read to its end holds its connection.
    limit.abort();
  }
}

async function read(response: Response, maxBytes: number, heard: () => void): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    heard();
    bytes += part.length;
    if (bytes > maxBytes) throw new Error(`sent more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function judge(text: string): Answer {
  // A portal's page, or nothing at all.
  if (!/^\s*[{[]/.test(text)) return { trouble: 'unreachable', reason: 'answers something that is no JSON-RPC' };
  try {
    const fault = faultIn(text);
    if (fault === undefined) return { text };
    const trouble = troubleIn(fault);
    return trouble === undefined ? { text, doubt: doubtOf(fault) } : { trouble, reason: fault.message.slice(0, 200) };
  } catch {
    return { trouble: 'unreachable', reason: 'answers broken JSON' };
  }
}

function waitOf(retryAfter: string | null): number | undefined {
  const seconds = retryAfter !== null && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return seconds === undefined ? undefined : Math.min(MAX_WAIT_MS, 1000 * seconds);
}

/** `ECONNREFUSED` says more than "fetch failed"; whole messages may repeat the URL, which can hold a key. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown; message?: unknown } };
  if (typeof cause?.code === 'string') return cause.code;
  return error instanceof Error && !/https?:/.test(error.message) ? error.message : 'broke the connection';
}

/** The body of a JSON-RPC request. */
export const call = (method: string, params: unknown[] = []): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

/** What an answer brings; undefined where that is nothing. */
export function resultOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { result?: unknown } | null)?.result;
  } catch {
    return undefined;
  }
}
