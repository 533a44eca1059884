import { type Command, InvalidArgumentError, Option } from 'commander';

/** What every command that talks to a cluster understands, as the solana CLI names it. */
export interface ChainFlags extends ProgramFlags {
  url?: string;
  ws?: string;
  keypair?: string;
  commitment?: 'processed' | 'confirmed' | 'finalized';
  withComputeUnitPrice?: number;
  output: 'text' | 'json';
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

/** Adds those options to a command. @param whose what the key is for, in its help. */
export function chainOptions(command: Command, whose = 'key that signs and pays fees'): Command {
  command
    .option('-u, --url <url>', "RPC URL or moniker: mainnet-beta, devnet, testnet, localhost (default: the solana CLI's)")
    .option('--ws <url>', 'PubSub URL, where it is not the usual one')
    .option('-k, --keypair <file>', `${whose} (default: the solana CLI's)`)
    .addOption(new Option('--commitment <level>', "how sure to be (default: the solana CLI's, confirmed)").choices(['processed', 'confirmed', 'finalized']))
    .option('--with-compute-unit-price <micro-lamports>', 'offered per compute unit (default: 0 on this machine, else 1000)', wholeNumber);
  return programOptions(command).addOption(outputOption());
}

export const outputOption = (): Option =>
  new Option('--output <format>', 'for people, or for programs').choices(['text', 'json']).default('text');

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
