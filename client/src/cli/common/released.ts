import type { PublicKey } from '@solana/web3.js';
import type { Chain } from '../../chain/index.js';

/** Lamports that these accounts have less of after `work`: what closing them, or leaving, gave back. */
export async function released(chain: Chain, accounts: readonly PublicKey[], work: () => Promise<unknown>): Promise<bigint> {
  const held = async (): Promise<bigint> => (await Promise.all(accounts.map((a) => chain.balance(a)))).reduce((sum, l) => sum + l, 0n);
  const before = await held();
  await work();
  return before - (await held());
}
