import { within } from '../p2p/deadline.js';
import { bytesEqual } from '../protocol/bytes.js';
import type { AppliedEntry, AppliedRound } from '../store/epoch-journal.js';
import { turn } from '../training/batch-gradient.js';
import type { Context } from './context.js';
import type { History } from './history.js';
import { decodeKey } from './keys.js';
import { asLongAs } from './obtaining.js';

/** How long peers are asked for a payload that is neither in memory nor on disk, milliseconds. */
const FETCH_TIMEOUT_MS = 20_000;

/** Rounds whose hashes votes and commitments may still name. */
const ROUNDS_NAMED = 4;

/** What a quorum says, or this member knows, that θ after a round hashes to. */
export interface Claim {
  round: number;
  hash: Uint8Array;
}

/** Why a replay came to nothing. */
export class ReplayFailure extends Error {}

/**
 * Makes the epoch's parameters again: the last base that everyone agreed on, and all lists since, with payloads out of
 * memory, from the disk, or, where those are torn, from peers, which can give no others since their hashes are known. The
 * parameters are a pure function of these (protocol 3.5), so the engine then holds what it should.
 *
 * @param claims to be met on the way, all of them
 * @returns hashes of θ by round: what was claimed, and what of the last rounds is reported with votes
 * @throws ReplayFailure where something is missing or a claim is not met; what the engine holds then is worth nothing
 */
export async function replay(context: Context, history: History, claims: readonly Claim[], signal: AbortSignal): Promise<Map<number, Uint8Array>> {
  const { engine, manifest } = context;
  await history.settled();
  const { base, rounds } = history;
  if (base === undefined) throw new ReplayFailure('nothing of the epoch is kept');
  if (rounds.length > 0 && rounds[0]!.round !== base.round + 1) throw new ReplayFailure('the payloads of its first rounds are kept nowhere here');
  const meet = (round: number, hash: Uint8Array): void => {
    if (claims.some((claim) => claim.round === round && !bytesEqual(claim.hash, hash))) throw new ReplayFailure(`the accepted lists do not give what is claimed of the parameters after round ${round}`);
  };
  meet(base.round, base.root);
  await loadBase(context, history, signal);
  const hashes = new Map([[base.round, base.root]]);
  const last = base.round + rounds.length;
  for (const each of rounds) {
    // Of a large model each step takes seconds, in which the network would fall silent.
    await turn();
    signal.throwIfAborted();
    // The next Warmup must not wait for it.
    if (context.view.epoch !== base.epoch) throw new ReplayFailure('the epoch is over');
    if (each.entries.length > 0) {
      const payloads: Uint8Array[] = [];
      for (const entry of each.entries) payloads.push(await payloadOf(context, base.epoch, each, entry, signal));
      engine.apply(payloads, each.step, each.entries.map((e) => e.capacity));
    }
    const reported = (each.round + 1) % manifest.hashInterval === 0 && each.round > last - ROUNDS_NAMED;
    if (!reported && !claims.some((claim) => claim.round === each.round)) continue;
    const hash = await engine.parameterHash();
    meet(each.round, hash);
    hashes.set(each.round, hash);
  }
  return hashes;
}

/** Of an epoch's start it may be only the hash that is here: then the parameters come from where newcomers have them. */
async function loadBase(context: Context, history: History, signal: AbortSignal): Promise<void> {
  const { engine } = context;
  const { epoch, root, round } = history.base!;
  const isBase = async (): Promise<boolean> => bytesEqual(await engine.parameterHash(), root);
  const kept = await history.parameters();
  if (kept?.length === engine.stateBytes) {
    engine.load(kept);
    if (await isBase()) return;
  }
  if (round < 0) {
    await engine.initialParameters(signal);
    if (await isBase()) return;
    // Members that drip must not make the next Warmup wait.
    const inTime = () => context.view.epoch === epoch;
    const fetched = await asLongAs(inTime, () => new ReplayFailure('the epoch is over'), signal, (limit) =>
      context.p2p.fetchModel(root, engine.stateBytes, others(context), limit),
    ).catch(() => signal.throwIfAborted());
    if (!inTime()) throw new ReplayFailure('the epoch is over');
    if (fetched !== undefined) {
      engine.load(fetched);
      if (await isBase()) return;
    }
  }
  throw new ReplayFailure('the parameters that it begins with are lost');
}

async function payloadOf(context: Context, epoch: number, { round }: AppliedRound, entry: AppliedEntry, signal: AbortSignal): Promise<Uint8Array> {
  const { books, store, p2p } = context;
  const kept = books.peek(epoch, round)?.payload(entry.commitmentHash) ?? (await store.payloads.get(entry.payloadHash));
  if (kept !== undefined) return kept;
  const fetched = await within(FETCH_TIMEOUT_MS, signal, 'fetching a payload', (limit) =>
    p2p.fetch(entry.payloadHash, entry.payloadSize, others(context), limit),
  ).catch(() => signal.throwIfAborted());
  if (fetched === undefined) throw new ReplayFailure(`a payload of round ${round} is neither kept here nor by any peer`);
  return fetched;
}

const others = ({ view, identity }: Context): Uint8Array[] =>
  view.members.filter((m) => m.key !== identity.address && m.state === 'Healthy').map((m) => decodeKey(m.key));
