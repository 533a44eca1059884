import { setTimeout as delay } from 'node:timers/promises';
import type { Signer, TransactionError } from '@solana/web3.js';
import type { Chain } from './chain.js';
import { ChainError } from './errors.js';
import { chainErrorOf } from './failure.js';
import { isOutOfUnits } from './out-of-units.js';
import type { Subscribed } from './pubsub.js';
import { rpc, rpcError } from './rpc.js';
import { type Built, buildTransaction, type Call } from './transaction.js';

export interface SendOptions {
  /** Who signs; the first pays the fee. */
  signers: readonly [Signer, ...Signer[]];
  signal?: AbortSignal;
}

/** A transaction that landed and succeeded. */
export interface Sent {
  signature: string;
  slot: number;
  /** Lamports paid for it, without what its instructions moved. */
  fee: bigint;
}

/** How a landed transaction ended. */
interface Outcome {
  slot: number;
  err: TransactionError | null;
}

/** How often to ask when the node does not notify. */
const POLL_MS = 400;
/** No blockhash lives longer: the node can't even tell that it expired. */
const GIVE_UP_MS = 150_000;
/** Nodes behind one address may not know each other's newest blockhash yet. */
const BLOCKHASH_ATTEMPTS = 5;

/**
 * Sends calls as one transaction and waits until it is confirmed: preflight first, so that nobody pays for what must fail;
 * then the same bytes again every two seconds until the cluster has them or their blockhash is too old.
 *
 * @throws ChainError a program's error, `TRANSACTION_EXPIRED`, `NO_FUNDS`, `RPC_*`; or the signal's reason.
 */
export async function sendTransaction(chain: Chain, calls: readonly Call[], options: SendOptions): Promise<Sent> {
  const { signal, signers } = options;
  let limited = calls;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const recent = await rpc(chain.rpcUrl, () => chain.connection.getLatestBlockhash('confirmed'));
    const built = buildTransaction(limited, signers, chain.computeUnitPrice, recent);
    const notification = subscribe(chain, built.signature);
    try {
      await sendWithPreflight(chain, built);
      return await finish(chain, built, await confirm(chain, built, recent.lastValidBlockHeight, notification, signal));
    } catch (error) {
      const most = withMostUnits(limited);
      if (most && isOutOfUnits(error)) {
        limited = most;
        continue;
      }
      if (!(error instanceof BlockhashUnknown)) throw error;
      if (attempt === BLOCKHASH_ATTEMPTS) throw error.reason;
    } finally {
      notification.subscription.end();
    }
    await delay(POLL_MS, undefined, { signal }).catch(() => {});
  }
}

/** With the limits that suffice whatever others did meanwhile; undefined where the calls have them already. */
function withMostUnits(calls: readonly Call[]): readonly Call[] | undefined {
  if (calls.every((c) => c.mostUnits === undefined)) return undefined;
  return calls.map(({ mostUnits, ...c }) => ({ ...c, computeUnits: mostUnits ?? c.computeUnits }));
}

/** The transaction was not sent: the same may be tried with a fresh blockhash. */
class BlockhashUnknown extends Error {
  constructor(readonly reason: ChainError) {
    super(reason.message);
  }
}

async function sendWithPreflight(chain: Chain, built: Built): Promise<void> {
  try {
    await chain.connection.sendRawTransaction(built.bytes, { preflightCommitment: 'processed', maxRetries: 0 });
  } catch (cause) {
    const { transactionMessage: message, logs } = cause as { transactionMessage?: unknown; logs?: string[] };
    if (typeof message !== 'string') throw rpcError(chain.rpcUrl, cause);
    if (/already been processed/i.test(message)) return;
    const error = chainErrorOf({ programs: chain.programs, instructionPrograms: built.programs, logs, message, cause });
    throw error.code === 'TRANSACTION_EXPIRED' ? new BlockhashUnknown(error) : error;
  }
}

/** Waits for the outcome, sending again meanwhile. */
async function confirm(
  chain: Chain,
  built: Built,
  lastValidBlockHeight: number,
  { outcome: notified, subscription }: Notification,
  signal?: AbortSignal,
): Promise<Outcome> {
  const begun = performance.now();
  for (let sentAt = begun; ; ) {
    const outcome = (await within(subscription.active ? chain.resendMs : POLL_MS, notified, signal)) ?? (await ask(chain, built));
    if (outcome) return outcome;
    signal?.throwIfAborted();
    if (performance.now() - sentAt < chain.resendMs) continue;
    sentAt = performance.now();
    if ((await isPast(chain, lastValidBlockHeight)) || sentAt - begun > GIVE_UP_MS) {
      const late = await ask(chain, built);
      if (late) return late;
      throw new ChainError('TRANSACTION_EXPIRED', 'The cluster did not take the transaction in time: try again.', {
        signature: built.signature,
      });
    }
    // A resend that fails says nothing about the first one.
    await chain.connection.sendRawTransaction(built.bytes, { skipPreflight: true, maxRetries: 0 }).catch(() => {});
  }
}

async function finish(chain: Chain, built: Built, outcome: Outcome): Promise<Sent> {
  const { signature, fee } = built;
  chain.spent.transactions += 1;
  chain.spent.fees += fee;
  if (outcome.err === null) return { signature, slot: outcome.slot, fee };
  const landed = await chain.connection
    .getTransaction(signature, { commitment: 'confirmed', maxSupportedTransactionVersion: 0 })
    .catch(() => null);
  const logs = landed?.meta?.logMessages;
  throw chainErrorOf({ programs: chain.programs, instructionPrograms: built.programs, logs, err: outcome.err, signature });
}

interface Notification {
  outcome: Promise<Outcome>;
  subscription: Subscribed;
}

function subscribe(chain: Chain, signature: string): Notification {
  let subscription!: Subscribed;
  const outcome = new Promise<Outcome>((resolve) => {
    subscription = chain.pubsub.subscribe('signature', [signature, { commitment: chain.commitment }], (result) => {
      const { context, value } = (result ?? {}) as { context?: { slot?: unknown }; value?: { err?: unknown } };
      if (typeof context?.slot === 'number' && typeof value === 'object' && value && 'err' in value) {
        resolve({ slot: context.slot, err: value.err as TransactionError | null });
      }
    });
  });
  return { outcome, subscription };
}

/** Undefined while the cluster does not know it well enough, or the node does not answer. */
async function ask(chain: Chain, built: Built): Promise<Outcome | undefined> {
  const order = ['processed', 'confirmed', 'finalized'];
  const statuses = await chain.connection.getSignatureStatuses([built.signature]).catch(() => undefined);
  const status = statuses?.value[0];
  if (!status) return undefined;
  const reached = order.indexOf(status.confirmationStatus ?? 'processed') >= order.indexOf(chain.commitment);
  return reached ? { slot: status.slot, err: status.err } : undefined;
}

async function isPast(chain: Chain, blockHeight: number): Promise<boolean> {
  const now = await chain.connection.getBlockHeight(chain.commitment).catch(() => 0);
  return now > blockHeight;
}

/** What `promise` gives within `ms`, else undefined. */
async function within<T>(ms: number, promise: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  const timer = new AbortController();
  const aborted = signal ? AbortSignal.any([signal, timer.signal]) : timer.signal;
  try {
    return await Promise.race([promise, delay(ms, undefined, { signal: aborted })]);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    timer.abort();
  }
}
