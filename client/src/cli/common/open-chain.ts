import type { Keypair } from '@solana/web3.js';
import { Chain, type ChainConfig, type ChainOptions, loadConfig } from '../../chain/index.js';
import { printable } from '../../observe/format.js';
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

/** A command that ends with the same sentence as its error need not say it twice. */
const LOST_FOR_MS = 3_000;

/** Tells on stderr what goes on behind a command that takes longer than usual. */
function warn(code: string, message: string): void {
  const tell = (): void => void process.stderr.write(`${printable(message, 500)}\n`);
  if (code === 'RPC_LOST') setTimeout(tell, LOST_FOR_MS).unref();
  else tell();
}

/** Runs `work` with the cluster of a command's options, and closes it however `work` ends. */
export async function withChain<T>(flags: ChainFlags, work: (session: Session) => Promise<T>): Promise<T> {
  const config = await loadConfig({
    url: flags.url,
    ws: flags.ws,
    keypair: flags.keypair,
    commitment: flags.commitment,
    computeUnitPrice: flags.withComputeUnitPrice,
    maxComputeUnitPrice: flags.maxComputeUnitPrice,
    ...programIdOptions(flags),
  });
  const chain = new Chain({ ...config, tell: warn });
  try {
    return await work({ chain, config, signal: untilInterrupted(), keypair: () => config.keypair() });
  } finally {
    chain.close();
  }
}
