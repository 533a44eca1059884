import type { Method, Methods, RpcContext } from './context.js';
import { costOf } from './costs.js';
import { RpcCode, RpcError } from './errors.js';
import { toJson } from './json.js';
import { accountMethods } from './methods/accounts.js';
import { blockMethods } from './methods/blocks.js';
import { clusterMethods } from './methods/cluster.js';
import { tokenMethods } from './methods/tokens.js';
import { transactionMethods } from './methods/transactions.js';
import { Params } from './params.js';

/** Every method of the HTTP service, by name. */
export const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries({ ...accountMethods, ...blockMethods, ...clusterMethods, ...tokenMethods, ...transactionMethods } satisfies Methods),
);

const MAX_BATCH = 1_000;
/** How long a batch is worked on before others, and the slot timer, get their turn. */
const SLICE_MS = 5;

export const STOPPING = new RpcError(RpcCode.nodeUnhealthy, 'Node is stopping');

type Log = (line: string) => void;

/** The request of one body. */
export interface Caller {
  /** Told of what each call costs. */
  charge(calls: number): void;
  /** Whether nobody waits for the rest of a batch any more. */
  stopped(): boolean;
}

/** Answers the bodies of requests. */
export class Dispatcher {
  readonly #context: RpcContext;
  readonly #log: Log;
  readonly #batchReplyBytes: number;
  /** Batches are taken apart one after the other: all of them at once would take ten times their bodies' memory. */
  #batches: Promise<unknown> = Promise.resolve();

  constructor(context: RpcContext, log: Log, batchReplyBytes: number) {
    this.#context = context;
    this.#log = log;
    this.#batchReplyBytes = batchReplyBytes;
  }

  /** Answers one call or a batch; `null` if nothing in it wants an answer. */
  async answer(body: string, caller: Caller): Promise<string | null> {
    if (!/^\s*\[/.test(body)) return this.#one(body, caller);
    const batch = this.#batches.then(() => this.#batch(body, caller));
    this.#batches = batch.catch(() => {});
    return batch;
  }

  #one(body: string, caller: Caller): string | null {
    const request = parse(body);
    if (request !== undefined && request !== null) return this.#call(request, caller);
    caller.charge(1);
    return errorReply(null, new RpcError(RpcCode.parse, 'Parse error'));
  }

  async #batch(body: string, caller: Caller): Promise<string | null> {
    if (caller.stopped()) return errorReply(null, STOPPING);
    const requests = parse(body) as unknown[] | undefined;
    if (!requests) return errorReply(null, new RpcError(RpcCode.parse, 'Parse error'));
    if (requests.length === 0 || requests.length > MAX_BATCH) {
      return errorReply(null, new RpcError(RpcCode.invalidRequest, `Invalid request: a batch has 1 to ${MAX_BATCH} calls`));
    }
    const replies: string[] = [];
    let length = 0;
    let sliceEnd = performance.now() + SLICE_MS;
    for (const request of requests) {
      if (performance.now() >= sliceEnd) {
        await new Promise(setImmediate);
        sliceEnd = performance.now() + SLICE_MS;
      }
      const refusal = caller.stopped() ? STOPPING : length > this.#batchReplyBytes ? tooMuch(this.#batchReplyBytes) : null;
      const reply = refusal ? refuse(request, refusal) : this.#call(request, caller);
      if (reply === null) continue;
      replies.push(reply);
      length += reply.length;
    }
    return replies.length > 0 ? `[${replies.join(',')}]` : null;
  }

  #call(request: unknown, caller: Caller): string | null {
    caller.charge(costOf((request as { method?: unknown } | null)?.method));
    return call(request, (name, params) => this.#invoke(name, params), this.#log);
  }

  #invoke(name: string, params: unknown): unknown {
    const method = methods.get(name);
    if (!method) throw new RpcError(RpcCode.methodNotFound, 'Method not found');
    return method(this.#context, new Params(params));
  }
}

/** The JSON in a text, or `undefined` if it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Answers one call with `run`; `null` for a notification, which has no id. */
export function call(request: unknown, run: (method: string, params: unknown) => unknown, log: Log): string | null {
  const { id, jsonrpc, method, params } = (request ?? {}) as Record<string, unknown>;
  const replyId = idOf(id);
  if (typeof request !== 'object' || typeof method !== 'string' || (jsonrpc !== undefined && jsonrpc !== '2.0')) {
    return errorReply(replyId, new RpcError(RpcCode.invalidRequest, 'Invalid request'));
  }
  if (id !== undefined && id !== null && replyId === null) {
    return errorReply(null, new RpcError(RpcCode.invalidRequest, 'Invalid request: an id is a string or a number below 2^53'));
  }
  try {
    const result = run(method, params);
    return id === undefined ? null : `{"jsonrpc":"2.0","result":${toJson(result ?? null)},"id":${JSON.stringify(replyId)}}`;
  } catch (error) {
    if (!(error instanceof RpcError)) log(`${method} failed: ${error instanceof Error ? error.stack : String(error)}`);
    const known = error instanceof RpcError ? error : new RpcError(RpcCode.internal, 'Internal error');
    return id === undefined ? null : errorReply(replyId, known);
  }
}

export function errorReply(id: string | number | null, { rpcCode, message, data }: RpcError): string {
  return toJson({ jsonrpc: '2.0', error: { code: rpcCode, message, ...(data !== undefined && { data }) }, id });
}

/** What a call gets that is not tried; nothing for a notification. */
function refuse(request: unknown, error: RpcError): string | null {
  const id = (request as { id?: unknown } | null)?.id;
  return id === undefined ? null : errorReply(idOf(id), error);
}

const tooMuch = (limit: number): RpcError =>
  new RpcError(RpcCode.internal, `The answers of this batch are above ${limit} bytes: ask in smaller batches`);

/** An id that can be given back exactly as it came; JavaScript rounds integers above 2^53. */
function idOf(id: unknown): string | number | null {
  return typeof id === 'string' || (typeof id === 'number' && Math.abs(id) < 2 ** 53) ? id : null;
}
