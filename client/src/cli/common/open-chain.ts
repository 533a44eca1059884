import type { Keypair } from '@solana/web3.js';
import { Chain, type ChainConfig, type ChainOptions, loadConfig } from '../../chain/index.js';
import type { ChainFlags, ProgramFlags } from './chain-options.js';
import { untilInterrupted } from './interrupt.js';

/** What a command's handler works with. */
export interface Session {
  chain: Chain;
  config: ChainConfig;
  /** Aborts when somebody asks the process to stop. */
  signal: AbortSignal;
  /** The key of `-k`. @throws PsycheError `KEYPAIR_NOT_FOUND`, `KEYPAIR_INVALID` */
  keypair(): Promise<Keypair>;
}

/** The programs' addresses as `loadConfig` takes them. */
export const programIdOptions = ({ coordinator, treasurer, authorizer }: ProgramFlags): Pick<ChainOptions, 'coordinatorId' | 'treasurerId' | 'authorizerId'> => ({
  coordinatorId: coordinator,
  treasurerId: treasurer,
  authorizerId: authorizer,
});

/** Runs `work` with the cluster of a command's options, and closes it however `work` ends. */
export async function withChain<T>(flags: ChainFlags, work: (session: Session) => Promise<T>): Promise<T> {
  const config = await loadConfig({
    url: flags.url,
    ws: flags.ws,
    keypair: flags.keypair,
    commitment: flags.commitment,
    computeUnitPrice: flags.withComputeUnitPrice,
    ...programIdOptions(flags),
  });
  const chain = new Chain(config);
  try {
    return await work({ chain, config, signal: untilInterrupted(), keypair: () => config.keypair() });
  } finally {
    chain.close();
  }
}
