import { PublicKey } from '@solana/web3.js';
import { type Call, CoordinatorClient, createTokenAccountCall, harvestFeesCall, type MemberView, tokenAddress, TreasurerClient } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import type { RunView } from '../../protocol/run-view.js';
import { formatAmount, formatSol } from '../common/amounts.js';
import { CLOSE_AFTER_FINISHED, inDays, secondsLeft, settleForfeits } from '../common/ending.js';
import { withChain } from '../common/open-chain.js';
import { print } from '../common/output.js';
import { released } from '../common/released.js';
import type { RunFlags } from './options.js';

/** Members' accounts that one transaction closes. */
const CLOSED_AT_ONCE = 6;
/** Members named where some stand in the way. */
const NAMED = 10;

/**
 * Closes all that is left of a run that has ended: members' accounts, as far as anyone may; run and manifest; what is in
 * the vault to the authority, and the treasury. What failed on the way can be called again.
 *
 * @throws PsycheError `NOT_FINISHED`, `MEMBERS_REMAIN`, `ALREADY_CLOSED`; ChainError
 */
export function close(run: string, flags: RunFlags): Promise<void> {
  return withChain(flags, async ({ chain, signal, keypair }) => {
    const client = await CoordinatorClient.open(chain, run, await keypair());
    const exists = (await chain.account(client.run)) !== undefined;
    const treasurer = new TreasurerClient(chain, client.run, client.signer);
    const hasTreasury = (await chain.account(treasurer.address))?.owner.equals(chain.programs.treasurer) === true;
    if (!exists && !hasTreasury) throw new PsycheError('ALREADY_CLOSED', `Nothing is left of ${run}: its accounts are closed.`);
    const lines: string[] = [];
    const view = exists ? await client.fetchRun() : undefined;
    const members = view ? await closeMembers(client, view, signal) : 0;
    if (members > 0) lines.push(`closed the accounts of ${members} members, whose rent and deposits went to their nodes`);
    const runLamports = view ? await closeRun(client, view.runId, signal) : 0n;
    if (view) lines.push(`closed run and manifest: ${formatSol(runLamports)}`);
    const money = hasTreasury ? await closeTreasury(treasurer, signal) : { lamports: 0n, withdrawn: 0n, decimals: 0 };
    if (hasTreasury) lines.push(`closed the treasury: ${formatSol(money.lamports)}, and ${formatAmount(money.withdrawn, money.decimals)} tokens that were in it`);
    const lamports = runLamports + money.lamports;
    lines.push(`${formatSol(lamports)} came back to ${client.signer!.publicKey.toBase58()}; the id ${run} stays taken`);
    print(flags.output, lines.join('\n'), { run: client.run.toBase58(), membersClosed: members, lamports, withdrawn: money.withdrawn });
  });
}

/** @returns how many were closed. */
async function closeMembers(client: CoordinatorClient, view: RunView, signal: AbortSignal): Promise<number> {
  if (view.state !== 'Finished') {
    throw new PsycheError(
      'NOT_FINISHED',
      `${view.runId} is in ${view.state}: it can be closed when it is finished, after its last step or by \`psyche-client run finish ${view.runId}\`.`,
    );
  }
  const { chain, signer } = client;
  const left = secondsLeft(view, await chain.slot(), CLOSE_AFTER_FINISHED);
  const members = await client.fetchMembers();
  if (members.length === 0) return 0;
  if (left > 0) throw new PsycheError('MEMBERS_REMAIN', whoRemains(view.runId, members, left));
  await settleForfeits(client, view, signal);
  for (let i = 0; i < members.length; i += CLOSED_AT_ONCE) {
    const calls = members.slice(i, i + CLOSED_AT_ONCE).map((m) => client.calls.closeMember(new PublicKey(m.node), new PublicKey(m.payout), client.run, false, false));
    await chain.send(await Promise.all(calls), { signers: [signer!], signal });
  }
  return members.length;
}

/** Who stands in the way, and what resolves it. */
function whoRemains(runId: string, members: readonly MemberView[], secondsLeft: number): string {
  const who = members.slice(0, NAMED).map(({ node, payout, points }) =>
    points > 0n
      ? `node ${node} with ${points} points (its payout key ${payout}: \`psyche-client claim ${runId} --close -k payout.json --node node.json\`)`
      : `node ${node} (its own key: \`psyche-client leave --run ${runId} -k node.json\`)`,
  );
  const more = members.length > NAMED ? `, and ${members.length - NAMED} more` : '';
  return `${members.length} members still have accounts in ${runId}, and close them themselves: ${who.join('; ')}${more}. ${inDays(secondsLeft)[0].toUpperCase()}${inDays(secondsLeft).slice(1)} this command closes them for them.`;
}

function closeRun(client: CoordinatorClient, runId: string, signal: AbortSignal): Promise<bigint> {
  return released(client.chain, [client.run, client.manifestAddress], () => client.closeRun(runId, { signal }));
}

/** Withdraws and closes in one transaction, so that nobody's token in between leaves the treasury standing. */
async function closeTreasury(treasurer: TreasurerClient, signal: AbortSignal): Promise<{ lamports: bigint; withdrawn: bigint; decimals: number }> {
  const { chain, calls, run } = treasurer;
  const { mint, vault, held } = await treasurer.fetch();
  const authority = treasurer.signer!;
  const wanted: Promise<Call>[] = [];
  if (held > 0n) {
    wanted.push(createTokenAccountCall(authority.publicKey, authority.publicKey, mint));
    wanted.push(calls.withdraw(authority.publicKey, run, mint, tokenAddress(mint.address, authority.publicKey, mint.program), held));
  }
  if (mint.transferFee === true) wanted.push(harvestFeesCall(mint, new PublicKey(vault)));
  wanted.push(calls.closeTreasury(authority.publicKey, run, mint));
  const lamports = await released(chain, [treasurer.address, new PublicKey(vault)], async () => chain.send(await Promise.all(wanted), { signers: [authority], signal }));
  return { lamports, withdrawn: held, decimals: mint.decimals };
}
