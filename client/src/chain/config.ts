import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Commitment, Keypair } from '@solana/web3.js';
import { PsycheError } from '../errors.js';
import { areLocal, type Endpoint, parseEndpoints } from './endpoints.js';
import { readKeypair } from './keypair.js';
import { type ProgramIds, programIds } from './program-ids.js';
import { readSolanaConfig } from './solana-config.js';

/** What the command line may say; everything else comes from the environment, the solana CLI's settings, defaults. */
export interface ChainOptions {
  /** `-u`: RPC URL or moniker; several, in order of preference, with commas between them. */
  url?: string;
  /** `--ws`: PubSub URLs in the same order, where they are not those that the RPC URLs suggest. */
  ws?: string;
  /** `-k`: path of the keypair file. */
  keypair?: string;
  commitment?: Commitment;
  /** Micro-lamports offered per compute unit; by default what others have paid lately. */
  computeUnitPrice?: number;
  /** Offered at most, where it is not fixed. */
  maxComputeUnitPrice?: number;
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
  /** Other nodes of the cluster, in order of preference. */
  fallbacks: readonly Endpoint[];
  /** All of them run on this machine. */
  local: boolean;
  commitment: Commitment;
  programs: ProgramIds;
  /** Where `keypair()` reads from. */
  keypairPath: string;
  computeUnitPrice?: number;
  maxComputeUnitPrice?: number;
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
  // The file's WebSocket URL belongs to the file's RPC URL, not to one from the command line.
  const ws = options.ws ?? (options.url === undefined ? file.websocketUrl : undefined);
  const endpoints = parseEndpoints(options.url ?? file.jsonRpcUrl ?? 'mainnet-beta', ws);
  const [{ rpcUrl, wsUrl }, ...fallbacks] = endpoints;
  const commitment = options.commitment ?? file.commitment ?? 'confirmed';
  if (!COMMITMENTS.includes(commitment)) {
    throw new PsycheError('BAD_COMMITMENT', `Commitment "${commitment}" is not one of ${COMMITMENTS.join(', ')}.`);
  }
  const keypairPath = expandHome(options.keypair ?? file.keypairPath ?? join(homedir(), '.config', 'solana', 'id.json'));
  let keypair: Promise<Keypair> | undefined;
  return {
    rpcUrl,
    wsUrl,
    fallbacks,
    local: areLocal(endpoints),
    commitment: commitment as Commitment,
    programs: programIds({ coordinator: options.coordinatorId, treasurer: options.treasurerId, authorizer: options.authorizerId }),
    keypairPath,
    keypair: () => (keypair ??= readKeypair(keypairPath)),
    computeUnitPrice: options.computeUnitPrice,
    maxComputeUnitPrice: options.maxComputeUnitPrice,
  };
}
