import type { Method, Methods, RpcContext } from './context.js';
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
/** Requests of a batch that are answered before others, and the slot timer, get their turn. */
const BATCH_SLICE = 20;

type Log = (line: string) => void;

/** Answers the body of a request: one call or a batch. `null` if nothing in it wants an answer. */
export async function answer(context: RpcContext, body: string, log: Log): Promise<string | null> {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return errorReply(null, new RpcError(RpcCode.parse, 'Parse error'));
  }
  if (request === null) return errorReply(null, new RpcError(RpcCode.parse, 'Parse error'));
  if (!Array.isArray(request)) return call(request, (name, params) => invoke(context, name, params), log);
  if (request.length === 0 || request.length > MAX_BATCH) {
    return errorReply(null, new RpcError(RpcCode.invalidRequest, `Invalid request: a batch has 1 to ${MAX_BATCH} calls`));
  }
  const replies: string[] = [];
  for (const [i, item] of request.entries()) {
    const reply = call(item, (name, params) => invoke(context, name, params), log);
    if (reply !== null) replies.push(reply);
    if (i % BATCH_SLICE === BATCH_SLICE - 1) await new Promise(setImmediate);
  }
  return replies.length > 0 ? `[${replies.join(',')}]` : null;
}

function invoke(context: RpcContext, name: string, params: unknown): unknown {
  const method = methods.get(name);
  if (!method) throw new RpcError(RpcCode.methodNotFound, 'Method not found');
  return method(context, new Params(params));
}

/** Answers one call with `run`; `null` for a notification, which has no id. */
export function call(request: unknown, run: (method: string, params: unknown) => unknown, log: Log): string | null {
  const { id, jsonrpc, method, params } = (request ?? {}) as Record<string, unknown>;
  const replyId = typeof id === 'string' || typeof id === 'number' ? id : null;
  if (typeof request !== 'object' || typeof method !== 'string' || (jsonrpc !== undefined && jsonrpc !== '2.0')) {
    return errorReply(replyId, new RpcError(RpcCode.invalidRequest, 'Invalid request'));
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
