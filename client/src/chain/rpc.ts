import { ChainError } from './errors.js';

/**
 * Runs one RPC call and names what went wrong with the way to the node. Program failures are left to the sender.
 *
 * @throws ChainError `RPC_UNREACHABLE`, `RPC_REFUSED`, `RPC_ERROR`; the signal's reason
 */
export async function rpc<T>(url: string, call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await (signal === undefined ? call() : unlessAborted(call, signal));
  } catch (error) {
    signal?.throwIfAborted();
    throw rpcError(url, error);
  }
}

/** web3.js takes no signal: the answer is not waited for any more. */
async function unlessAborted<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop!: () => void;
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', (stop = () => reject(signal.reason as Error)), { once: true }));
  try {
    return await Promise.race([call(), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
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
export function safeHost(url: string): string {
  try {
    return new URL(url).origin;
  } catch {
    return 'the given URL';
  }
}
