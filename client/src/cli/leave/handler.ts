import { CoordinatorClient } from '../../chain/index.js';
import { memberAddress } from '../../chain/addresses.js';
import { PsycheError } from '../../errors.js';
import { findMember, inEpoch } from '../../protocol/run-view.js';
import { formatSol } from '../common/amounts.js';
import { settleForfeits } from '../common/ending.js';
import { withChain } from '../common/open-chain.js';
import { print } from '../common/output.js';
import { released } from '../common/released.js';
import type { LeaveFlags } from './options.js';

/** @throws PsycheError `NOT_A_MEMBER`, `IN_RUNNING_EPOCH`, `ALREADY_LEFT`; ChainError */
export function leave(run: string, flags: LeaveFlags): Promise<void> {
  return withChain(flags, async ({ chain, signal, keypair }) => {
    const node = await keypair();
    const key = node.publicKey.toBase58();
    const client = await CoordinatorClient.open(chain, run, node);
    const [view, member] = await Promise.all([client.fetchRun(), client.fetchMember(key)]);
    if (member === undefined) {
      throw new PsycheError(
        'NOT_A_MEMBER',
        `${key} has no account in ${run}: it never joined, or has left (check -k, it has to be the node key).`,
      );
    }
    const entry = findMember(view, key);
    if (entry !== undefined && inEpoch(view)) {
      throw new PsycheError(
        'IN_RUNNING_EPOCH',
        `${key} is a member of ${run}'s running epoch ${view.epoch} (${view.state}), and deposits are held until its Cooldown is over: stop the node, and leave when the run has gone on.`,
      );
    }
    const listed = view.pending.some((p) => p.key === key);
    const rest = member.points === 0n ? '' : ` Its account stays, with ${member.points} points: close it after the end with \`psyche-client claim ${view.runId} --close\`.`;
    if (!listed && member.deposit === 0n && member.points > 0n) {
      throw new PsycheError(
        'ALREADY_LEFT',
        `${key} has left ${run} already, and its deposit is paid back or was taken.${rest}`,
      );
    }
    if (entry?.forfeited && !entry.settled) await settleForfeits(client, view, signal);
    let signature = '';
    const lamports = await released(chain, [memberAddress(chain.programs, client.run, node.publicKey)], async () => ({ signature } = await client.leaveRun({ signal })));
    print(
      flags.output,
      `${key} has left ${run}; ${formatSol(lamports)} came back to it.${rest}`,
      { signature, node: key, lamports, points: member.points },
    );
  });
}
