import type { PeerMember } from '../p2p/index.js';
import { inEpoch } from '../protocol/run-view.js';
import type { Context } from './context.js';
import type { Duties } from './duties.js';
import { decodeKey } from './keys.js';
import { fromNetworkAddress } from './way-here.js';

/**
 * Keeps the network layer's list of peers as the chain has it: the epoch's members and those who wait for the next
 * one, each with the address that it put on the chain. Nobody else gets a connection (protocol 3.3).
 */
export function keepPeers(context: Context, duties: Duties): void {
  const { view } = context;
  const members = inEpoch(view) ? view.members : [];
  const keys = [...new Set([...members.map((m) => m.key), ...view.pending.map((p) => p.key)])];
  // Joining again may bring another address, so each epoch and state asks anew.
  duties.start('peers', `${view.epoch}/${inEpoch(view)}/${keys.join()}`, async (signal) => {
    const accounts = new Map((await context.chain.fetchMembers(keys)).map((m) => [m.node, m]));
    if (signal.aborted) return;
    context.p2p.setMembers(
      keys.map((key): PeerMember => {
        const way = fromNetworkAddress(accounts.get(key)?.network, context.view);
        return { nodeKey: decodeKey(key), index: members.findIndex((m) => m.key === key), ...way };
      }),
      inEpoch(view) ? view.epoch : undefined,
    );
  });
}
