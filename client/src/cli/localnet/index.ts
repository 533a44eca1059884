import { Command } from 'commander';
import { type LocalnetOptions, localnetOptions } from './options.js';

/** `psyche-client localnet`: the embedded validator by itself. */
export function localnetCommand(): Command {
  return localnetOptions(new Command('localnet'))
    .description('run a Solana validator in this process, with the project\'s programs on it, until Ctrl-C')
    .addHelpText(
      'after',
      `
Examples:
  $ psyche-client localnet
  $ psyche-client localnet --ledger .psyche/ledger
  $ psyche-client localnet --host 0.0.0.0 --allow-remote --ledger /var/lib/psyche --mint $(solana address)
  $ psyche-client localnet --bpf-program 9hSR6S7WPtxmTojgo6GG3k4yDPecgJY292j7xrsUGWBu target/deploy/mine.so`,
    )
    .action(async (options: LocalnetOptions) => (await import('./handler.js')).localnet(options));
}
