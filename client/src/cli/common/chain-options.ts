import { type Command, InvalidArgumentError, Option } from 'commander';
import { MOST_COMPUTE_UNIT_PRICE } from '../../chain/prices.js';

/** What every command that talks to a cluster understands, as the solana CLI names it. */
export interface ChainFlags extends ProgramFlags, ClusterFlags, PriceFlags {
  keypair?: string;
  commitment?: 'processed' | 'confirmed' | 'finalized';
  output: 'text' | 'json';
}

/** Nodes of the cluster, with commas between them. */
export interface ClusterFlags {
  url?: string;
  ws?: string;
}

/** Micro-lamports per compute unit. */
export interface PriceFlags {
  withComputeUnitPrice?: number;
  maxComputeUnitPrice?: number;
}

/** Where the programs are, on a cluster with other ones than this package's. */
export interface ProgramFlags {
  coordinator?: string;
  treasurer?: string;
  authorizer?: string;
}

/** Adds the addresses of the programs to a command's options. */
export function programOptions(command: Command): Command {
  return command
    .option('--coordinator <address>', "the coordinator program (default: $PSYCHE_COORDINATOR_ID or the package's)")
    .option('--treasurer <address>', "the treasurer program (default: $PSYCHE_TREASURER_ID or the package's)")
    .option('--authorizer <address>', "the authorizer program (default: $PSYCHE_AUTHORIZER_ID or the package's)");
}

/** Adds where the cluster is to a command's options; each may be repeated, and the values are joined with commas. */
export function clusterOptions(command: Command): Command {
  return command
    .option(
      '-u, --url <urls>',
      "RPC URL or moniker: mainnet-beta, devnet, testnet, localhost; several, repeated or with commas, stand in for each other in this order (default: the solana CLI's)",
      joined,
    )
    .option('--ws <urls>', 'PubSub URLs in the same order, where they are not the usual ones', joined);
}

/** Adds what to offer for compute units to a command's options. */
export function priceOptions(command: Command): Command {
  return command
    .option('--with-compute-unit-price <micro-lamports>', 'offered per compute unit (default: 0 on this machine, else what others paid lately, 1000 or more)', wholeNumber)
    .option('--max-compute-unit-price <micro-lamports>', `offered at most where it is not fixed (default: ${MOST_COMPUTE_UNIT_PRICE})`, wholeNumber);
}

/** Adds those options to a command. @param whose what the key is for, in its help. */
export function chainOptions(command: Command, whose = 'key that signs and pays fees'): Command {
  clusterOptions(command)
    .option('-k, --keypair <file>', `${whose} (default: the solana CLI's)`)
    .addOption(new Option('--commitment <level>', "how sure to be (default: the solana CLI's, confirmed)").choices(['processed', 'confirmed', 'finalized']));
  return programOptions(priceOptions(command)).addOption(outputOption());
}

export const outputOption = (): Option =>
  new Option('--output <format>', 'for people, or for programs').choices(['text', 'json']).default('text');

const joined = (value: string, earlier: string | undefined): string => (earlier === undefined ? value : `${earlier},${value}`);

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
