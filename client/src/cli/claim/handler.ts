import { existsSync } from 'node:fs';
import { type Keypair, PublicKey } from '@solana/web3.js';
import { CoordinatorClient, isProgramError, type MemberView, readKeypair, TreasurerClient } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import type { RunView } from '../../protocol/run-view.js';
import { parseAddress } from '../common/address.js';
import { formatAmount, formatSol, parseAmount } from '../common/amounts.js';
import { type Session, withChain } from '../common/open-chain.js';
import { print } from '../common/output.js';
import { checkEnded, type Closed, closeAccounts, type Leaving } from './close.js';
import type { ClaimFlags } from './options.js';

interface Claimed {
  node: string;
  /** Base units. */
  amount: bigint;
  /** Nothing is paid before a running Cooldown is over. */
  waits?: true;
  signature?: string;
}

/**
 * Claims for all nodes of the payout key, or those named; with `--close`, closes their accounts after that.
 *
 * @throws PsycheError `NOTHING_TO_CLAIM`, `NOT_PAYOUT`, `BAD_AMOUNT`, and what {@link closeAccounts} throws; ChainError
 */
export function claim(run: string, flags: ClaimFlags): Promise<void> {
  return withChain(flags, async (session) => {
    const { chain, keypair } = session;
    const payout = await keypair();
    const client = await CoordinatorClient.open(chain, run, payout);
    const view = (await chain.account(client.run)) === undefined ? undefined : await client.fetchRun();
    if (flags.close) checkEnded(view, run);
    const nodes = await leaving(client, view, flags.node, payout.publicKey);
    if (nodes.length === 0) {
      throw new PsycheError(
        'NOTHING_TO_CLAIM',
        `No node in ${run} earns for ${payout.publicKey.toBase58()}: check -k, it has to be the payout key the node joined with.`,
      );
    }
    // Without a treasury there is nothing to claim, but there are accounts to be closed.
    const treasurer = new TreasurerClient(chain, client.run, payout);
    const mint = flags.close && view?.treasury === undefined ? undefined : (await treasurer.fetch()).mint;
    const members = nodes.flatMap((n) => n.member ?? []);
    const claims = mint ? await claimAll(treasurer, mint, members, flags, session) : [];
    const closed: Closed[] = [];
    if (flags.close) for (const node of nodes) closed.push(await closeAccounts(client, view, node, session.signal));
    const total = claims.reduce((sum, c) => sum + c.amount, 0n);
    const money = mint && { total, decimals: mint.decimals, mint: mint.address.toBase58() };
    const lines = [...(mint ? describeClaims(run, claims, mint.decimals) : []), ...closed.map(describeClosed)];
    if (!flags.close && view?.state === 'Finished') lines.push('The run is finished: --close, with the key of each node, closes their accounts and gives their rent and deposits back.');
    print(flags.output, lines.join('\n'), { claims, ...money, ...(flags.close ? { closed } : {}) });
  });
}

type Mint = Parameters<TreasurerClient['claim']>[0];

async function claimAll(treasurer: TreasurerClient, mint: Mint, members: readonly MemberView[], flags: ClaimFlags, { signal }: Session): Promise<Claimed[]> {
  const most = flags.amount === undefined ? undefined : parseAmount(flags.amount, mint.decimals, '--amount');
  const claims: Claimed[] = [];
  for (const { node } of members) claims.push({ node, ...(await claimFor(treasurer, mint, node, most, signal)) });
  return claims;
}

async function claimFor(treasurer: TreasurerClient, mint: Mint, node: string, most: bigint | undefined, signal: AbortSignal): Promise<Omit<Claimed, 'node'>> {
  try {
    const { amount, signature } = await treasurer.claim(mint, new PublicKey(node), most, { signal });
    return { amount, signature };
  } catch (error) {
    if (isProgramError(error, 'NothingToClaim')) return { amount: 0n };
    if (isProgramError(error, 'NotVested')) return { amount: 0n, waits: true };
    throw error;
  }
}

function describeClaims(run: string, claims: readonly Claimed[], decimals: number): string[] {
  const total = claims.reduce((sum, c) => sum + c.amount, 0n);
  const waiting = claims.filter((c) => c.waits).map((c) => `${c.node}: its points can be claimed when the running Cooldown is over.`);
  if (total === 0n && waiting.length > 0) return waiting;
  if (total === 0n) return [`Nothing to claim in ${run}: points can be claimed once their epoch has ended.`];
  const paid = claims.filter((c) => !c.waits).map((c) => `${c.node}: ${formatAmount(c.amount, decimals)} tokens`);
  return [...paid, ...waiting, `Claimed ${formatAmount(total, decimals)} tokens.`];
}

function describeClosed({ node, toNode, toPayout }: Closed): string {
  return toNode + toPayout === 0n ? `${node}: nothing is left to close.` : `${node}: accounts closed; ${formatSol(toNode)} came back to the node key, ${formatSol(toPayout)} to the payout key.`;
}

/** The nodes of the payout key in this run, or those named by their addresses or their keys' files. */
async function leaving(client: CoordinatorClient, view: RunView | undefined, named: string[] | undefined, payout: PublicKey): Promise<Leaving[]> {
  if (named === undefined) return (await client.membersOfPayout(payout)).map((member) => ({ node: new PublicKey(member.node), member }));
  const keys = await Promise.all(named.map(nodeKey));
  const members = await client.fetchMembers(keys.map((k) => k.node));
  return keys.map(({ node, key }) => {
    const member = members.find((m) => m.node === node.toBase58());
    if (member && member.payout !== payout.toBase58()) {
      throw new PsycheError(
        'NOT_PAYOUT',
        `${member.node} earns for ${member.payout}, not for this key.`,
      );
    }
    if (!member && view && view.state !== 'Finished') {
      throw new PsycheError(
        'NOT_PAYOUT',
        `${node.toBase58()} never joined this run, or has left it.`,
      );
    }
    return { node, key, member };
  });
}

async function nodeKey(text: string): Promise<{ node: PublicKey; key?: Keypair }> {
  if (!existsSync(text)) return { node: parseAddress(text) };
  const key = await readKeypair(text);
  return { node: key.publicKey, key };
}
