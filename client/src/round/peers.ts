import type { PeerMember } from '../p2p/index.js';
import { inEpoch } from '../protocol/run-view.js';
import type { Context } from './context.js';
import type { Duties } from './duties.js';
import { decodeKey } from './keys.js';
import { fromNetworkAddress } from './way-here.js';

/** While a member is not connected, its address is looked up this often, milliseconds. */
const LOOK_AGAIN_MS = 20_000;

/**
 * Keeps the network layer's list of peers as the chain has it: the epoch's members and those who wait for the next
 * one, each with the address that it put on the chain. Others get one of few places (protocol 3.3).
 */
export function keepPeers(context: Context, duties: Duties): void {
  const { view, p2p, identity, clock } = context;
  const members = inEpoch(view) ? view.members : [];
  const keys = [...new Set([...members.map((m) => m.key), ...view.pending.map((p) => p.key)])];
  // Joining again may bring another address, so each epoch and state asks anew, and so do the missing: who was restarted in
  // mid-epoch may be somewhere else.
  const pending = view.pending.map((p) => p.key);
  const missing = p2p.stats().peers < keys.filter((key) => key !== identity.address).length;
  const turn = missing ? Math.floor(clock.current() / Math.ceil(LOOK_AGAIN_MS / view.config.slotMs)) : 'all here';
  duties.start('peers', `${view.epoch}/${inEpoch(view)}/${keys.join()}/${pending.join()}/${turn}`, async (signal) => {
    const accounts = new Map((await context.chain.fetchMembers(keys)).map((m) => [m.node, m]));
    if (signal.aborted) return;
    p2p.setMembers(
      keys.map((key): PeerMember => {
        const way = fromNetworkAddress(accounts.get(key)?.network, context.view);
        return { nodeKey: decodeKey(key), index: members.findIndex((m) => m.key === key), ...way };
      }),
      inEpoch(view) ? view.epoch : undefined,
    );
  });
}
