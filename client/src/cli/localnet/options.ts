import type { Command } from 'commander';
import { wholeNumber } from '../common/whole-number.js';

/** What `psyche-client localnet` was asked to do. */
export interface LocalnetOptions {
  port: number;
  host: string;
  allowRemote: boolean;
  mint?: string;
  ledger?: string;
  reset: boolean;
  slotMs: number;
  bpfProgram: string[];
  quiet: boolean;
}

export function localnetOptions(command: Command): Command {
  return command
    .option('--port <port>', 'RPC port; PubSub has the next one (0: a free pair)', wholeNumber(0, 65_534), 8899)
    .option('--host <address>', 'address to listen on; one that others can reach needs --allow-remote', '127.0.0.1')
    .option('--allow-remote', 'let strangers in, directly or through a reverse proxy: no faucet, limits for each address', false)
    .option('--mint <address>', 'key that has 500,000,000 SOL when a new chain begins')
    .option('--ledger <dir>', 'keep the chain in this folder (default: it is gone with the process)')
    .option('--reset', 'begin a new chain in the ledger folder', false)
    .option('--slot-ms <ms>', 'length of a slot', wholeNumber(20, 10_000), 400)
    .option('--bpf-program <address file...>', 'have a program there from the start: its address (or keypair file) and its .so; may be repeated', [])
    .option('--quiet', 'print only errors', false);
}
