import type { Commitment, Connection, PublicKey } from '@solana/web3.js';
import type { PubSub } from './pubsub.js';
import { rpcError } from './rpc.js';

export interface WatchOptions {
  commitment: Commitment;
  /** How often to ask while notifications can't come, milliseconds. Default 1000. */
  pollMs?: number;
  /** How long an active subscription may be silent before it is asked anyway, milliseconds. Default 5000. */
  silentMs?: number;
  now?: () => number;
}

/**
 * Nodes that are asked one after the other may be a little apart, and what is older than what was seen is passed over. But
 * if for so long nobody knows the newest slot that was ever heard of, then that one was wrong, or the cluster went back
 * to a snapshot. Milliseconds.
 */
const BELIEVE_OLDER_MS = 30_000;

/**
 * Follows one account: notifications where they come, asking where they don't. Versions are delivered in order of slot
 * and only when the bytes changed, the present one first.
 *
 * @param onChange the account's bytes, its owner, and the slot they were seen at.
 * @param onError what failed while asking, once for each time that it begins to fail; watching goes on.
 * @returns ends the watch.
 */
export function watchAccount(
  connection: Connection,
  pubsub: PubSub,
  address: PublicKey,
  options: WatchOptions,
  onChange: (data: Buffer, owner: string, slot: number) => void,
  onError: (error: unknown) => void = () => {},
): () => void {
  const { commitment, pollMs = 1000, silentMs = 5000, now = () => performance.now() } = options;
  let stopped = false;
  let lastSlot = -1;
  let reachedAt = now();
  let last: Buffer | undefined;
  let heardAt = -Infinity;
  let asking = false;
  let failing: string | undefined;

  const deliver = (data: Buffer, owner: string, slot: number): void => {
    // Old news does not count as heard: the node that brings it may be stuck.
    if (stopped || (slot < lastSlot && now() - reachedAt < BELIEVE_OLDER_MS)) return;
    heardAt = reachedAt = now();
    lastSlot = slot;
    if (last?.equals(data)) return;
    last = data;
    try {
      onChange(data, owner, slot);
    } catch (error) {
      // A listener that fails must not take the socket down with it.
      onError(error);
    }
  };

  const ask = async (): Promise<void> => {
    if (asking) return;
    asking = true;
    try {
      const { context, value } = await connection.getAccountInfoAndContext(address, commitment);
      failing = undefined;
      if (value) deliver(value.data, value.owner.toBase58(), context.slot);
    } catch (cause) {
      const error = rpcError(connection.rpcEndpoint, cause) as Error & { code?: string };
      if (!stopped && failing !== error.code) onError(error);
      failing = error.code;
    } finally {
      asking = false;
    }
  };

  const subscription = pubsub.subscribe('account', [address.toBase58(), { encoding: 'base64', commitment }], (result) => {
    const account = readNotification(result);
    if (account) deliver(account.data, account.owner, account.slot);
  });
  const timer = setInterval(() => {
    if (now() - heardAt >= (subscription.active ? silentMs : pollMs)) void ask();
  }, pollMs);
  void ask();

  return () => {
    stopped = true;
    clearInterval(timer);
    subscription.end();
  };
}

/** An account notification's content, if it is one. */
function readNotification(result: unknown): { data: Buffer; owner: string; slot: number } | undefined {
  const { context, value } = (result ?? {}) as {
    context?: { slot?: unknown };
    value?: { data?: unknown; owner?: unknown } | null;
  };
  if (typeof context?.slot !== 'number' || typeof value?.owner !== 'string' || !Array.isArray(value.data)) return undefined;
  if (typeof value.data[0] !== 'string') return undefined;
  return { data: Buffer.from(value.data[0], 'base64'), owner: value.owner, slot: context.slot };
}
