import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Commitment, Keypair } from '@solana/web3.js';
import { PsycheError } from '../errors.js';
import { clusterUrl, webSocketUrl } from './cluster.js';
import { readKeypair } from './keypair.js';
import { type ProgramIds, programIds } from './program-ids.js';
import { readSolanaConfig } from './solana-config.js';

/** What the command line may say; everything else comes from the environment, the solana CLI's settings, defaults. */
export interface ChainOptions {
  /** `-u`: RPC URL or moniker. */
  url?: string;
  /** `--ws`: PubSub URL, when it is not where the RPC URL suggests. */
  ws?: string;
  /** `-k`: path of the keypair file. */
  keypair?: string;
  commitment?: Commitment;
  /** Micro-lamports offered per compute unit. */
  computeUnitPrice?: number;
  /** Program addresses, base58. */
  coordinatorId?: string;
  treasurerId?: string;
  authorizerId?: string;
  /** The solana CLI's settings file, for tests. */
  configFile?: string;
}

/** Everything needed to reach a cluster in someone's name. */
export interface ChainConfig {
  rpcUrl: string;
  wsUrl: string;
  commitment: Commitment;
  programs: ProgramIds;
  /** Where `keypair()` reads from. */
  keypairPath: string;
  computeUnitPrice?: number;
  /** Reads the key when it is first needed: showing a run needs none. */
  keypair(): Promise<Keypair>;
}

const COMMITMENTS = ['processed', 'confirmed', 'finalized'];
const expandHome = (path: string): string => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : path);

/**
 * Settings in the order the solana CLI has them: options, then its config.yml, then its defaults.
 *
 * @throws PsycheError `BAD_URL`, `BAD_COMMITMENT`, `BAD_PROGRAM_ID`, `SOLANA_CONFIG`
 */
export async function loadConfig(options: ChainOptions = {}): Promise<ChainConfig> {
  const file = await readSolanaConfig(options.configFile);
  const rpcUrl = clusterUrl(options.url ?? file.jsonRpcUrl ?? 'mainnet-beta');
  // The file's WebSocket URL belongs to the file's RPC URL, not to one from the command line.
  const wsUrl = options.ws ?? (options.url === undefined ? file.websocketUrl : undefined) ?? webSocketUrl(rpcUrl);
  const commitment = options.commitment ?? file.commitment ?? 'confirmed';
  if (!COMMITMENTS.includes(commitment)) {
    throw new PsycheError('BAD_COMMITMENT', `Commitment "${commitment}" is not one of ${COMMITMENTS.join(', ')}.`);
  }
  const keypairPath = expandHome(options.keypair ?? file.keypairPath ?? join(homedir(), '.config', 'solana', 'id.json'));
  let keypair: Promise<Keypair> | undefined;
  return {
    rpcUrl,
    wsUrl,
    commitment: commitment as Commitment,
    programs: programIds({ coordinator: options.coordinatorId, treasurer: options.treasurerId, authorizer: options.authorizerId }),
    keypairPath,
    keypair: () => (keypair ??= readKeypair(keypairPath)),
    computeUnitPrice: options.computeUnitPrice,
  };
}
