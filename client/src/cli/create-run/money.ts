import { type Keypair, PublicKey } from '@solana/web3.js';
import type { Chain, MintInfo, Rate } from '../../chain/index.js';
import { createMint, fetchMint, tokenAddress, tokenBalance } from '../../chain/index.js';
import { rpc } from '../../chain/rpc.js';
import { PsycheError } from '../../errors.js';
import { formatAmount, parseAmount, reduce } from '../common/amounts.js';
import type { RunSettings, TreasurySettings } from './settings.js';

const MAINNET_GENESIS = '5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d';

/** Base units of the mint per point. */
export function rateOf(treasury: TreasurySettings, decimals: number): Rate {
  return reduce(treasury.tokensPerPoint.num * 10n ** BigInt(decimals), treasury.tokensPerPoint.den);
}

/** Base units that all points of the run are worth, rounded up. */
export function costOf({ config }: RunSettings, rate: Rate): bigint {
  return (BigInt(config.totalSteps) * config.pointsPerStep * rate.num + rate.den - 1n) / rate.den;
}

/** Base units to put into the treasury. */
export function fundingOf(settings: RunSettings, treasury: TreasurySettings, decimals: number): bigint {
  if (treasury.fund === 'all') return costOf(settings, rateOf(treasury, decimals));
  return parseAmount(treasury.fund, decimals, 'treasury.fund');
}

/**
 * The mint of the settings, made when they ask for a new one.
 *
 * @throws PsycheError `NEW_MINT_ON_MAINNET`, `TOO_FEW_TOKENS`; ChainError
 */
export async function collateral(chain: Chain, authority: Keypair, settings: RunSettings, treasury: TreasurySettings, signal?: AbortSignal): Promise<MintInfo> {
  if (!(treasury.mint instanceof PublicKey)) {
    if ((await rpc(chain.rpcUrl, () => chain.connection.getGenesisHash())) === MAINNET_GENESIS) {
      throw new PsycheError('NEW_MINT_ON_MAINNET', 'Play money is for other networks: on mainnet-beta name a mint in treasury.mint.');
    }
    const { decimals } = treasury.mint;
    return (await createMint(chain, authority, decimals, fundingOf(settings, treasury, decimals), signal)).mint;
  }
  const mint = await fetchMint(chain, treasury.mint);
  const needed = fundingOf(settings, treasury, mint.decimals);
  const has = await tokenBalance(chain, tokenAddress(mint.address, authority.publicKey, mint.program));
  if (has < needed) {
    const [a, b] = [has, needed].map((units) => formatAmount(units, mint.decimals));
    throw new PsycheError(
      'TOO_FEW_TOKENS',
      `${authority.publicKey.toBase58()} holds ${a} of the ${b} tokens that treasury.fund asks for: send it some, or lower treasury.fund.`,
    );
  }
  return mint;
}
