import { PublicKey } from '@solana/web3.js';
import { CoordinatorClient, isProgramError, type MemberView, TreasurerClient } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { formatAmount, parseAmount } from '../common/amounts.js';
import { withChain } from '../common/open-chain.js';
import { print } from '../common/output.js';
import type { ClaimFlags } from './options.js';

/**
 * Claims for all nodes of the payout key, or those named.
 *
 * @throws PsycheError `NOTHING_TO_CLAIM`, `NOT_PAYOUT`, `BAD_AMOUNT`; ChainError
 */
export function claim(run: string, flags: ClaimFlags): Promise<void> {
  return withChain(flags, async ({ chain, signal, keypair }) => {
    const payout = await keypair();
    const client = await CoordinatorClient.open(chain, run);
    const treasurer = new TreasurerClient(chain, client.run, payout);
    const { mint } = await treasurer.fetch();
    const most = flags.amount === undefined ? undefined : parseAmount(flags.amount, mint.decimals, '--amount');
    const members = flags.node ? await named(client, flags.node, payout.publicKey) : await client.membersOfPayout(payout.publicKey);
    if (members.length === 0) {
      throw new PsycheError('NOTHING_TO_CLAIM', `No node in ${run} earns for ${payout.publicKey.toBase58()}: check -k, it has to be the payout key the node joined with.`);
    }
    const claims: { node: string; amount: bigint; signature?: string }[] = [];
    for (const { node } of members) claims.push({ node, ...(await claimFor(treasurer, mint, node, most, signal)) });
    const total = claims.reduce((sum, c) => sum + c.amount, 0n);
    const lines = claims.map((c) => `${c.node}: ${formatAmount(c.amount, mint.decimals)} tokens`);
    const text = total === 0n ? `Nothing to claim in ${run} yet: points can be claimed once their epoch has ended.` : [...lines, `Claimed ${formatAmount(total, mint.decimals)} tokens.`].join('\n');
    print(flags.output, text, { claims, total, decimals: mint.decimals, mint: mint.address.toBase58() });
  });
}

type Mint = Parameters<TreasurerClient['claim']>[0];

async function claimFor(treasurer: TreasurerClient, mint: Mint, node: string, most: bigint | undefined, signal: AbortSignal): Promise<{ amount: bigint; signature?: string }> {
  try {
    const { amount, signature } = await treasurer.claim(mint, new PublicKey(node), most, { signal });
    return { amount, signature };
  } catch (error) {
    if (isProgramError(error, 'NothingToClaim')) return { amount: 0n };
    throw error;
  }
}

async function named(client: CoordinatorClient, nodes: string[], payout: PublicKey): Promise<MemberView[]> {
  const members = await client.fetchMembers(nodes.map(address));
  for (const node of nodes) {
    const member = members.find((m) => m.node === node);
    if (member?.payout !== payout.toBase58()) {
      throw new PsycheError('NOT_PAYOUT', `${node} ${member ? `earns for ${member.payout}, not for this key` : 'never joined this run'}.`);
    }
  }
  return members;
}

function address(text: string): PublicKey {
  try {
    return new PublicKey(text);
  } catch (cause) {
    throw new PsycheError('BAD_ADDRESS', `"${text}" is no address: base58 of 32 bytes.`, { cause });
  }
}
