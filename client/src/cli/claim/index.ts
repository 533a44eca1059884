import { Command } from 'commander';
import { chainOptions } from '../common/chain-options.js';
import { runArgument, runNamed } from '../common/run-argument.js';
import type { ClaimFlags } from './options.js';

/** `psyche-client claim`: the payout key takes what its nodes have earned. */
export function claimCommand(): Command {
  return chainOptions(runArgument(new Command('claim')), 'payout key, which alone can claim')
    .description('take the tokens that nodes have earned for the payout key, into its token account (made if missing)')
    .option('--node <address or file...>', 'claim for these nodes only; with --close, the files of their keys')
    .option('--amount <tokens>', 'take no more than this of each')
    .option('--close', "when the run is finished and all is paid: close the nodes' accounts; rent and deposit go to the node key", false)
    .addHelpText(
      'after',
      `
Points become claimable when their epoch's Cooldown settles them.

Examples:
  $ psyche-client claim demo -u devnet -k payout.json
  $ psyche-client claim demo -k payout.json --output json
  $ psyche-client claim demo --close -k payout.json --node node.json`,
    )
    .action(async (run: string | undefined, flags: ClaimFlags) => (await import('./handler.js')).claim(runNamed(run, flags), flags));
}
