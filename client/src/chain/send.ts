import type { Signer } from '@solana/web3.js';
import type { Chain } from './chain.js';
import { ChainError } from './errors.js';
import { chainErrorOf } from './failure.js';
import { land, type Outcome, statusOf } from './landing.js';
import { isOutOfUnits } from './out-of-units.js';
import { Patience } from './patience.js';
import { latestBlockhash } from './recent.js';
import { type Built, buildTransaction, type Call } from './transaction.js';

export interface SendOptions {
  /** Who signs; the first pays the fee. */
  signers: readonly [Signer, ...Signer[]];
  signal?: AbortSignal;
  /** How long it is tried, milliseconds; by default as the chain's settings say. */
  patienceMs?: number;
}

/** A transaction that landed and succeeded. */
export interface Sent {
  signature: string;
  slot: number;
  /** Lamports paid for it, without what its instructions moved. */
  fee: bigint;
}

/** How many that have expired are still looked for when the next is refused. */
const REMEMBERED = 16;

/**
 * Sends calls as one transaction and waits until it is confirmed: through nodes that are gone, slow or behind, and with a
 * fresh blockhash whenever the last one has expired for certain without it, at a higher price then, unless that is fixed or
 * the highest allowed. It ends when the transaction lands, can't (a program refuses it, the payer has no funds), when the
 * time for it is over, or by the signal.
 *
 * @throws ChainError a program's error, `NO_FUNDS`, `TRANSACTION_INVALID`, `RPC_ERROR`; after `patienceMs`
 *   `TRANSACTION_EXPIRED`, `RPC_UNREACHABLE` or `RPC_REFUSED`; or the signal's reason.
 */
export async function sendTransaction(chain: Chain, calls: readonly Call[], options: SendOptions): Promise<Sent> {
  const { signal, signers } = options;
  const patience = new Patience(options.patienceMs ?? chain.patienceMs, signal);
  const all: Built[] = [];
  let limited = calls;
  let missed = 0;
  for (;;) {
    const recent = await patience.through(() => latestBlockhash(chain, signal));
    const built = buildTransaction(limited, signers, await chain.fees.price(calls, missed), recent);
    all.push(built);
    try {
      const landing = await land(chain, built, recent, patience);
      if (typeof landing === 'object') return await finish(chain, built, landing);
      patience.check(built.signature);
      if (landing === 'unknown') {
        // No node has taken it: it can't land.
        all.pop();
        continue;
      }
      missed++;
      if (all.length > REMEMBERED) all.shift();
      chain.tell('TRANSACTION_LATE', `${calls.map((c) => c.name).join(' + ')} was not taken before its blockhash expired: sent again with a fresh one`);
    } catch (error) {
      const landed = await earlierOne(chain, all, error, signal);
      if (landed) return landed;
      const most = withMostUnits(limited);
      if (most === undefined || !isOutOfUnits(error)) throw error;
      limited = most;
    }
  }
}

/**
 * A refusal of something sent before may come of its having landed after all, unseen: then that is the result.
 * Refused at the first try, it has not.
 */
async function earlierOne(chain: Chain, all: readonly Built[], error: unknown, signal?: AbortSignal): Promise<Sent | undefined> {
  // With a signature it is the last one's own outcome, or the time is over: neither says that an earlier one landed.
  if (all.length === 1 || !(error instanceof ChainError) || error.signature !== undefined) return undefined;
  for (const built of all) {
    const outcome = await statusOf(chain, built.signature, signal, true);
    if (outcome?.err === null) return finish(chain, built, outcome);
  }
  return undefined;
}

/** With the limits that suffice whatever others did meanwhile; undefined where the calls have them already. */
function withMostUnits(calls: readonly Call[]): readonly Call[] | undefined {
  if (calls.every((c) => c.mostUnits === undefined)) return undefined;
  return calls.map(({ mostUnits, ...c }) => ({ ...c, computeUnits: mostUnits ?? c.computeUnits }));
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
