import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnchorProvider } from '@coral-xyz/anchor';
import { PublicKey } from '@solana/web3.js';
import { Command } from 'commander';
import { Chain, clusterUrl, isLocalCluster, loadConfig, programIds, readKeypair, webSocketUrl } from '../client/src/chain/index.js';
import { reportError } from '../client/src/cli/common/report-error.js';
import { PsycheError } from '../client/src/errors.js';
import { PROJECT_ROOT } from '../client/src/version.js';

const PROGRAMS = ['authorizer', 'coordinator', 'treasurer'] as const;
/** Loader v3: a program's account names the account of its bytes, which follow a header of 45 bytes. */
const PROGRAM_DATA_OFFSET = 4;
const PROGRAM_DATA_HEADER = 45;

/** What to deploy, where, in whose name. */
export interface DeployOptions {
  chain: Chain;
  /** Keypair file that pays and becomes upgrade authority. */
  keypairPath: string;
  /** Folder of `<program>-keypair.json`; by default the committed ones, which are public: local clusters only. */
  programKeypairs?: string;
  log?: (line: string) => void;
}

/**
 * Deploys the programs of `programs/deploy` by the solana CLI and checks what the cluster then has, byte by byte. What is
 * there already is left alone; what differs is upgraded. There is nothing to initialise beyond: `create-run` makes runs.
 *
 * @throws PsycheError `PUBLIC_KEYPAIRS`, `NOT_BUILT`, `WRONG_ADDRESS`, `NO_SOLANA_CLI`, `DEPLOY_FAILED`, `NOT_DEPLOYED`
 */
export async function deploy({ chain, keypairPath, programKeypairs, log = console.log }: DeployOptions): Promise<void> {
  if (programKeypairs === undefined && !isLocalCluster(chain.rpcUrl)) {
    throw new PsycheError(
      'PUBLIC_KEYPAIRS',
      'The committed program keypairs are public, so whoever is first would own the programs: make your own, build for them with `npm run build:programs -- --program-keypairs DIR`, and name DIR with --program-keypairs.',
    );
  }
  const folder = programKeypairs ?? join(PROJECT_ROOT, 'tools', 'keypairs');
  for (const name of PROGRAMS) {
    const id = chain.programs[name];
    const file = join(PROJECT_ROOT, 'programs', 'deploy', `${name}.so`);
    if (!existsSync(file)) throw new PsycheError('NOT_BUILT', `There is no ${relative(process.cwd(), file)}: build it with \`npm run build:programs\`.`);
    const code = readFileSync(file);
    const before = await deployedState(chain, id, code);
    if (before !== 'same') {
      const keypair = join(folder, `${name}-keypair.json`);
      const address = (await readKeypair(keypair)).publicKey;
      if (!address.equals(id)) {
        throw new PsycheError('WRONG_ADDRESS', `${keypair} is ${address.toBase58()}, but ${name} was built for ${id.toBase58()}: build it for your keypairs with \`npm run build:programs -- --program-keypairs DIR\`.`);
      }
      log(`${before === 'none' ? 'deploying' : 'upgrading'} ${name} (${code.length} bytes) at ${id.toBase58()}`);
      await solana(['program', 'deploy', '-u', chain.rpcUrl, '-k', keypairPath, '--program-id', keypair, file]);
      if ((await deployedState(chain, id, code)) !== 'same') {
        throw new PsycheError('NOT_DEPLOYED', `The ${name} at ${id.toBase58()} is not the one just deployed: look at it with \`solana program show ${id.toBase58()}\`.`);
      }
    }
    log(`${name} is at ${id.toBase58()}`);
  }
}

/** Whether the cluster has this very program, another one, or none. */
async function deployedState(chain: Chain, id: PublicKey, code: Buffer): Promise<'same' | 'other' | 'none'> {
  const account = await chain.account(id);
  if (!account?.executable) return 'none';
  // Loader v2, and validators that preload programs, keep the bytes in the account itself.
  let bytes = account.data;
  if (account.data.length === PROGRAM_DATA_OFFSET + 32) {
    const data = await chain.account(new PublicKey(account.data.subarray(PROGRAM_DATA_OFFSET)));
    bytes = data?.data.subarray(PROGRAM_DATA_HEADER) ?? Buffer.alloc(0);
  }
  const same = bytes.subarray(0, code.length).equals(code) && bytes.subarray(code.length).every((b) => b === 0);
  return same ? 'same' : 'other';
}

/** Runs the solana CLI with its output on ours. */
async function solana(args: string[]): Promise<void> {
  const cli = onPath('solana');
  if (cli === undefined) {
    throw new PsycheError(
      'NO_SOLANA_CLI',
      `Deploying takes the solana CLI, which is not on PATH: install it (https://docs.anza.xyz/cli/install), or run where it is: solana ${args.join(' ')}`,
    );
  }
  const child = spawn(cli, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise<number | null>((done, fail) => child.on('error', fail).on('exit', done));
  if (code !== 0) throw new PsycheError('DEPLOY_FAILED', `\`solana ${args.slice(0, 2).join(' ')}\` failed, as it says above; what it uploaded is kept, so try again.`);
}

function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** What `anchor migrate` calls, with a provider made from Anchor.toml. */
export default async function migrate(provider: AnchorProvider): Promise<void> {
  const { rpcEndpoint } = provider.connection;
  const keypairPath = process.env.ANCHOR_WALLET;
  if (keypairPath === undefined) throw new PsycheError('NO_KEYPAIR', 'ANCHOR_WALLET does not say where the wallet is: `anchor migrate` sets it from Anchor.toml.');
  const settings = { rpcUrl: rpcEndpoint, wsUrl: webSocketUrl(rpcEndpoint), commitment: 'confirmed', programs: programIds() } as const;
  await withChain(new Chain(settings), (chain) => deploy({ chain, keypairPath, programKeypairs: process.env.PSYCHE_PROGRAM_KEYPAIRS }));
}

async function withChain(chain: Chain, work: (chain: Chain) => Promise<void>): Promise<void> {
  try {
    await work(chain);
  } finally {
    chain.close();
  }
}

/** `npm run deploy -- -u … -k …` */
async function main(): Promise<void> {
  interface Flags {
    url?: string;
    keypair?: string;
    programKeypairs?: string;
  }
  await new Command('deploy')
    .description('deploy the programs, or upgrade them, and check what the cluster then has')
    .option('-u, --url <url>', "RPC URL or moniker (default: the solana CLI's)", clusterUrl)
    .option('-k, --keypair <file>', "pays, and may upgrade the programs later (default: the solana CLI's)")
    .option('--program-keypairs <dir>', 'folder of authorizer-, coordinator- and treasurer-keypair.json (default: the public ones, on a local cluster only)')
    .action(async ({ url, keypair, programKeypairs }: Flags) => {
      const config = await loadConfig({ url, keypair });
      await config.keypair();
      await withChain(new Chain(config), (chain) =>
        deploy({ chain, keypairPath: config.keypairPath, programKeypairs: programKeypairs && resolve(programKeypairs) }),
      );
    })
    .parseAsync();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main().catch((error: unknown) => (process.exitCode = reportError(error, process.argv.includes('--verbose'))));
}
