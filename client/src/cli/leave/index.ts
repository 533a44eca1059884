import { Command } from 'commander';
import { chainOptions } from '../common/chain-options.js';
import { runArgument, runNamed } from '../common/run-argument.js';
import type { LeaveFlags } from './options.js';

/** `psyche-client leave`: off the list, deposit back. */
export function leaveCommand(): Command {
  return chainOptions(runArgument(new Command('leave')), 'node key')
    .description('leave a run: off the list for the next epoch, deposit back; not while the node is a member of the running epoch')
    .addHelpText(
      'after',
      `
Stop the node first: a \`join\` that runs puts itself on the list again.

Examples:
  $ psyche-client leave --run demo -u devnet -k node.json`,
    )
    .action(async (run: string | undefined, flags: LeaveFlags) => (await import('./handler.js')).leave(runNamed(run, flags), flags));
}
