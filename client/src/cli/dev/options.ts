import { Option, type Command } from 'commander';
import { wholeNumber } from '../common/whole-number.js';

/** What `psyche-client dev` was asked to do. */
export interface DevOptions {
  clients: number;
  epochs: number;
  text?: string;
  config?: string;
  url?: string;
  dir: string;
  keep: boolean;
  output: 'text' | 'json';
}

/** One machine: beyond this the processes only wait for each other. */
const MAX_CLIENTS = 16;
const MAX_EPOCHS = 1000;

export function addDevOptions(command: Command): Command {
  return command
    .option('--clients <n>', `clients to start, 1 to ${MAX_CLIENTS}`, wholeNumber(1, MAX_CLIENTS), 3)
    .option('--epochs <n>', 'epochs to train', wholeNumber(1, MAX_EPOCHS), 2)
    .option('--text <file>', 'text to train on (default: the Shakespeare that comes with this package)')
    .option('--config <file>', "the run's settings (default: the demo's)")
    .option('--url <url>', 'RPC URL of a local validator with the programs deployed, instead of the embedded one')
    .option('--dir <folder>', 'where keys, state and the checkpoint go', '.psyche/dev')
    .option('--keep', "keep keys and clients' state, not only the checkpoint", false)
    .addOption(new Option('--output <format>', 'what the summary is printed as').choices(['text', 'json']).default('text'));
}
