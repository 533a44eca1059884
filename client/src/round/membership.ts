import { PublicKey } from '@solana/web3.js';
import { joinPermission, type NetworkAddress } from '../chain/index.js';
import { bytesEqual } from '../protocol/bytes.js';
import { findMember, inEpoch } from '../protocol/run-view.js';
import { CLIENT_VERSION } from '../version.js';
import { type Context, myself } from './context.js';
import type { Duties } from './duties.js';
import type { Follower } from './following.js';
import { toNetworkAddress } from './way-here.js';

/** The largest share a node can ask for. */
export const MAX_CAPACITY = 8;

/** What a participant says of itself when it joins. */
export interface JoinTerms {
  /** The key that alone can claim. */
  payout: PublicKey;
  /** Share of the batch asked for, 1 to 8. */
  capacity: number;
  /** Whether the chain has this process's address: it has joined, or found the one before it at the same place. */
  listed: boolean;
  /** How often it was on the list and is no more: changed terms empty it. */
  leftList: number;
  onList: boolean;
}

/**
 * Joins every epoch anew (protocol 2): a newcomer or one that was dropped at once, a member when it has finished the
 * epoch it is in. A member that was restarted in mid-epoch and is somewhere else now joins at once, because that is how
 * the others learn where.
 */
export function keepMembership(context: Context, terms: JoinTerms, follower: Follower, duties: Duties): void {
  const { view, identity } = context;
  if (['Uninitialized', 'Finished', 'Paused'].includes(view.state)) return;
  // Listed by a process before this one: its address is not this one's.
  const listed = view.pending.some((p) => p.key === identity.address);
  if (terms.onList && !listed) terms.leftList++;
  terms.onList = listed;
  if (listed && terms.listed) return;
  const me = myself(context);
  const entry = findMember(view, identity.address);
  if (entry?.forfeited === true && !entry.settled) return;
  if (me?.state === 'Convicted') return;
  const busy = inEpoch(view) && me !== undefined && (me.state === 'Joined' || me.state === 'Healthy');
  // A member that still has lists to apply would promise an epoch that it may not be able to start.
  const finished = view.state === 'Cooldown' && (me?.cooldownVoted === true || !follower.caughtUp());
  const returned = busy && !finished;
  if (returned && terms.listed) return;
  if (view.pauseRequested && view.state === 'Cooldown') return;
  duties.start('join', `${view.epoch}/${view.state}/${view.stateStartSlot}/${terms.leftList}`, async (signal) => {
    const address = toNetworkAddress(context.p2p.wayHere(), context.view);
    if (returned && (await isKnown(context, address))) {
      terms.listed = true;
      return;
    }
    // Looked for each time: what was granted may be suspended, and what was not may be granted by now.
    const authorization = await joinPermission(context.chain.chain, context.view, new PublicKey(identity.address));
    await context.chain.joinRun({ payout: terms.payout, capacity: terms.capacity, address, clientVersion: CLIENT_VERSION, authorization }, { signal });
    terms.listed = true;
  });
}

/** Whether there is nothing to tell: the chain has this address, or it is none yet. */
async function isKnown({ chain, identity }: Context, address: NetworkAddress): Promise<boolean> {
  if (address.kind === 'none') return true;
  const known = (await chain.fetchMember(identity.address))?.network;
  if (address.kind === 'through') return known?.kind === 'through' && known.index === address.index;
  return known?.kind === 'multiaddr' && bytesEqual(known.bytes, address.bytes);
}
