import { Command } from 'commander';
import { newNodeOptions, type NewNodeOptions } from './options.js';

/** `psyche-client keys`: keys for nodes. */
export function keysCommand(): Command {
  const newNode = newNodeOptions(new Command('new-node'))
    .description('make a key for a machine: it signs and holds a little SOL for fees; what it earns goes to the payout key')
    .addHelpText(
      'after',
      `
Examples:
  $ psyche-client keys new-node
  $ psyche-client keys new-node -o gpu-box-1.json --output json`,
    )
    .action(async (options: NewNodeOptions) => (await import('./handler.js')).newNode(options));
  return new Command('keys').description('make keys for nodes').addCommand(newNode);
}
