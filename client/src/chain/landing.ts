import type { TransactionError } from '@solana/web3.js';
import type { Chain } from './chain.js';
import type { ChainError } from './errors.js';
import { offer } from './offer.js';
import { Patience } from './patience.js';
import type { Subscribed } from './pubsub.js';
import type { Recent } from './recent.js';
import { rpc } from './rpc.js';
import type { Built } from './transaction.js';
import { within } from './within.js';

/** How a landed transaction ended. */
export interface Outcome {
  slot: number;
  err: TransactionError | null;
}

/**
 * What became of a transaction: its outcome; or it can't land any more, since its blockhash is too old; or nobody took it,
 * since no node knows its blockhash.
 */
export type Landing = Outcome | 'expired' | 'unknown';

/** How often to ask when the node does not notify, milliseconds. */
const POLL_MS = 400;
/** Nodes behind one address may not know each other's newest blockhash yet. */
const BLOCKHASH_ATTEMPTS = 5;
/** JSON-RPC's code of a node that keeps no history. */
const NO_HISTORY = -32011;
const LEVELS = ['processed', 'confirmed', 'finalized'];

/**
 * Sees one signed transaction through. Preflight first, so that nobody pays for what must fail, and again while the way to
 * the node fails; once a node has taken it, the same bytes go to all nodes every two seconds. However often it arrives, a
 * transaction is executed once.
 *
 * @throws ChainError a program's error, `NO_FUNDS`, …; when `patience` is over; the signal's reason
 */
export async function land(chain: Chain, built: Built, recent: Recent, patience: Patience): Promise<Landing> {
  const { signal } = patience;
  const { outcome: notified, subscription } = subscribe(chain, built.signature);
  const now = (): number => performance.now();
  let due = now();
  let taken = false;
  // A request without an answer may have arrived.
  let lost = 0;
  let unknown = 0;
  let trouble: ChainError | undefined;
  try {
    for (let first = true; ; first = false) {
      if (now() >= due) {
        // Also while nodes refuse it: what they refuse for may be the blockhash.
        const fate = first ? undefined : await fateOf(chain, built.signature, recent, signal);
        if (fate !== undefined) return fate;
        patience.check(built.signature, trouble);
        due = now() + chain.resendMs;
        if (!taken) {
          const refusal = await offer(chain, built, recent, signal);
          trouble = refusal?.code === 'TRANSACTION_EXPIRED' ? undefined : refusal;
          if (refusal === undefined) taken = true;
          else if (trouble) due = now() + Patience.restAfter(++lost);
          else if (lost === 0 && ++unknown >= BLOCKHASH_ATTEMPTS) return 'unknown';
          else due = now() + POLL_MS;
        } else void chain.broadcast(built.bytes);
      }
      const wait = Math.max(0, due - now());
      let outcome = await within(taken && subscription.active ? wait : Math.min(wait, POLL_MS), notified, signal);
      if (!outcome && trouble === undefined) outcome = await statusOf(chain, built.signature, signal);
      if (outcome) return outcome;
      signal?.throwIfAborted();
    }
  } finally {
    subscription.end();
  }
}

/** Undefined while the cluster does not know it well enough, or no node answers. */
export async function statusOf(chain: Chain, signature: string, signal?: AbortSignal, history = false): Promise<Outcome | undefined> {
  const found = await statuses(chain, signature, history, signal).catch(() => undefined);
  return outcomeIn(chain, found?.status);
}

function outcomeIn(chain: Chain, status: Status | null | undefined): Outcome | undefined {
  if (!status) return undefined;
  const reached = LEVELS.indexOf(status.confirmationStatus ?? 'processed') >= LEVELS.indexOf(chain.commitment);
  return reached ? { slot: status.slot, err: status.err } : undefined;
}

/**
 * What became of a transaction whose blockhash may be too old by now; undefined while it may still land. It has expired
 * only when blocks are past its last one in the eyes of most validators, and a node that knows these blocks does not know
 * it: only then may another do the same. If it landed while nobody could be asked, this look into the history is the
 * only one that finds it.
 */
async function fateOf(chain: Chain, signature: string, recent: Recent, signal?: AbortSignal): Promise<Outcome | 'expired' | undefined> {
  const level = chain.commitment === 'processed' ? 'confirmed' : chain.commitment;
  try {
    const { blockHeight, absoluteSlot } = await rpc(chain.rpcUrl, () => chain.connection.getEpochInfo(level), signal);
    if (blockHeight === undefined || blockHeight <= recent.lastValidBlockHeight) return undefined;
    const { slot, status } = await statuses(chain, signature, true, signal);
    return status === null && slot >= absoluteSlot ? 'expired' : outcomeIn(chain, status);
  } catch {
    // Nobody answers: then nobody knows.
    return undefined;
  }
}

interface Status {
  slot: number;
  err: TransactionError | null;
  confirmationStatus?: string;
}

async function statuses(chain: Chain, signature: string, history: boolean, signal?: AbortSignal): Promise<{ slot: number; status: Status | null | undefined }> {
  const ask = async (searchTransactionHistory: boolean): Promise<{ slot: number; status: Status | null | undefined }> => {
    const { context, value } = await chain.connection.getSignatureStatuses([signature], { searchTransactionHistory });
    return { slot: context.slot, status: value[0] };
  };
  const withoutHistory = (error: unknown): Promise<{ slot: number; status: Status | null | undefined }> => {
    if (!history || (error as { code?: unknown }).code !== NO_HISTORY) throw error;
    // Its cache reaches back twice as far as a blockhash lives.
    return ask(false);
  };
  return rpc(chain.rpcUrl, () => ask(history).catch(withoutHistory), signal);
}

function subscribe(chain: Chain, signature: string): { outcome: Promise<Outcome>; subscription: Subscribed } {
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
