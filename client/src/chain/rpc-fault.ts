import type { Trouble } from './endpoint-health.js';

/** The error that JSON-RPC answers instead of a result. */
export interface RpcFault {
  code: number;
  message: string;
  data?: unknown;
}

/** Why another node may answer otherwise than with this error. */
export type Doubt =
  /** The node lacks what it takes, or something broke in it. */
  | 'incapable'
  /** It says that a transaction must fail: one node alone may be wrong, or lie. */
  | 'refused';

/** How it says that a transaction must fail: preflight, and a wrong signature (`rpc_custom_error.rs`, as all below -32000). */
const REFUSALS = [-32002, -32003];
/** It failed inside, or in front of it; its way of saying so says nothing about the request. */
const BROKEN = [-32000, -32603];
/** It has removed the block, keeps no index or no history, or does not know the method. */
const LACKING = [-32001, -32010, -32011, -32601];
/** It lags, lacks a block, or counts requests (providers' own). */
const TROUBLES: Record<number, Trouble> = { [-32004]: 'behind', [-32005]: 'behind', [-32014]: 'behind', [-32016]: 'behind', [-32429]: 'refusing' };
/** Refusals come with all that programs logged, 10 kB at most; what is longer is no error. */
const LONGEST = 32_768;

/** Undefined where the answer is no error. @throws SyntaxError for broken JSON */
export function faultIn(text: string): RpcFault | undefined {
  if (text.length > LONGEST || !text.includes('"error"')) return undefined;
  const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown; data?: unknown } | null };
  if (typeof error !== 'object' || error === null) return undefined;
  return { code: Number(error.code), message: String(error.message), data: error.data };
}

/** What an error says about the node; some providers put HTTP's numbers there. */
export function troubleIn({ code }: RpcFault): Trouble | undefined {
  return TROUBLES[code] ?? (code >= 500 && code < 600 ? troubleOf(code) : [401, 402, 403, 429].includes(code) ? 'refusing' : undefined);
}

/** The same of an HTTP status. 401 to 403: a key that is missing or used up. */
export const troubleOf = (status: number): Trouble => (status === 429 || status === 503 || (status >= 401 && status <= 403) ? 'refusing' : 'unreachable');

export function doubtOf({ code, message }: RpcFault): Doubt | undefined {
  if (BROKEN.includes(code) || LACKING.includes(code)) return 'incapable';
  if (!REFUSALS.includes(code) || isProcessed(message)) return undefined;
  return isUnknownBlockhash(message) ? 'incapable' : 'refused';
}

/** Whether the node says that a transaction must fail, instead of that something else is the matter. */
export const isRefusal = ({ code }: RpcFault): boolean => REFUSALS.includes(code);

/** Whether trying again may help. */
export const isBroken = ({ code }: RpcFault): boolean => BROKEN.includes(code);

/** The node has executed the transaction already. */
export const isProcessed = (message: string): boolean => /already been processed/i.test(message);

const isUnknownBlockhash = (message: string): boolean => /blockhash not found/i.test(message);
