import { ChainError } from './errors.js';

/**
 * Runs one RPC call and names what went wrong with the way to the node. Program failures are left to the sender.
 *
 * @throws ChainError `RPC_UNREACHABLE`, `RPC_REFUSED`, `RPC_ERROR`
 */
export async function rpc<T>(url: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw rpcError(url, error);
  }
}

/** The same for an error in hand; errors that already have a name pass through. */
export function rpcError(url: string, error: unknown): Error {
  if (error instanceof ChainError) return error;
  const text = error instanceof Error ? `${error.message} ${String((error as { cause?: unknown }).cause ?? '')}` : String(error);
  const host = safeHost(url);
  if (/fetch failed|ECONNREFUSED|ENOTFOUND|ECONNRESET|EAI_AGAIN|ETIMEDOUT|socket hang up|network/i.test(text)) {
    return new ChainError('RPC_UNREACHABLE', `No Solana node answers at ${host}: check -u and that it runs.`, { cause: error });
  }
  if (/\b(429|403|503)\b/.test(text)) {
    return new ChainError('RPC_REFUSED', `The node at ${host} refuses (too many requests?): wait, or use another with -u.`, {
      cause: error,
    });
  }
  return new ChainError('RPC_ERROR', `The node at ${host} answered: ${text.replaceAll(url, host).trim()}`, { cause: error });
}

/** Paths and queries of RPC URLs carry access keys: they belong in no message. */
function safeHost(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return 'the given URL';
  }
}
