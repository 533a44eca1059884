import { Command } from 'commander';
import { addDevOptions, type DevOptions } from './options.js';

/** `psyche-client dev`: a whole network on one machine, from the validator to the claimed tokens. */
export function devCommand(): Command {
  return addDevOptions(new Command('dev'))
    .description('start a whole network on this machine: validator, run, clients that train and claim; then say what came of it')
    .addHelpText(
      'after',
      `
Examples:
  $ psyche-client dev
  $ psyche-client dev --clients 2 --epochs 1 --text notes.txt
  $ psyche-client dev --output json | tail -n 1
  $ psyche-client dev --url localhost      # an own validator, the programs deployed there`,
    )
    .action(async (options: DevOptions) => {
      const { dev } = await import('./handler.js');
      process.exitCode = await dev(options);
    });
}
