import { CoordinatorClient, tokenAddress, tokenBalance, TreasurerClient, type TreasuryView } from '../../chain/index.js';
import type { Chain, MemberView } from '../../chain/index.js';
import type { Participant } from './participants.js';
import type { PublicKey } from '@solana/web3.js';

/** What one participant has to show after the run, from the chain. */
export interface Earnings {
  points: bigint;
  /** In the payout key's token account, base units. */
  tokens: bigint;
  /** What node and payout keys hold together, lamports. */
  lamports: bigint;
}

/** Each payout key claims all that it is owed; who has earned nothing has nothing to claim. */
export async function claimAll(chain: Chain, run: PublicKey, clients: readonly Participant[], treasury: TreasuryView, signal: AbortSignal): Promise<void> {
  const members = await membersOf(chain, run, clients);
  await Promise.all(
    clients.map(async (client, i) => {
      if ((members[i]?.owed ?? 0n) >> 64n === 0n) return;
      await new TreasurerClient(chain, run, client.payout).claim(treasury.mint, client.node.publicKey, undefined, { signal });
    }),
  );
}

/** Reads what each participant earned. */
export async function earnings(chain: Chain, run: PublicKey, clients: readonly Participant[], treasury: TreasuryView): Promise<Earnings[]> {
  const members = await membersOf(chain, run, clients);
  return Promise.all(
    clients.map(async (client, i) => {
      const [tokens, node, payout] = await Promise.all([
        tokenBalance(chain, tokenAddress(treasury.mint.address, client.payout.publicKey, treasury.mint.program)),
        chain.balance(client.node.publicKey),
        chain.balance(client.payout.publicKey),
      ]);
      return { points: members[i]?.points ?? 0n, tokens, lamports: node + payout };
    }),
  );
}

async function membersOf(chain: Chain, run: PublicKey, clients: readonly Participant[]): Promise<(MemberView | undefined)[]> {
  const found = await new CoordinatorClient(chain, run).fetchMembers(clients.map((c) => c.node.publicKey));
  return clients.map((client) => found.find((m) => m.node === client.node.publicKey.toBase58()));
}
