import { isIP } from 'node:net';
import { type Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '../common/whole-number.js';

/** What `psyche-client localnet` was asked to do. */
export interface LocalnetOptions {
  port: number;
  host: string;
  ledger?: string;
  reset: boolean;
  slotMs: number;
  bpfProgram: string[];
  quiet: boolean;
}

export function localnetOptions(command: Command): Command {
  return command
    .option('--port <port>', 'RPC port; PubSub has the next one (0: a free pair)', wholeNumber(0, 65_534), 8899)
    .option('--host <address>', 'loopback address to listen on', loopback, '127.0.0.1')
    .option('--ledger <dir>', 'keep the chain in this folder (default: it is gone with the process)')
    .option('--reset', 'begin a new chain in the ledger folder', false)
    .option('--slot-ms <ms>', 'length of a slot', wholeNumber(20, 10_000), 400)
    .option('--bpf-program <address file...>', 'have a program there from the start: its address (or keypair file) and its .so; may be repeated', [])
    .option('--quiet', 'print only errors', false);
}

/** Anyone who reaches this validator can empty its faucet and send what they like, so nobody else may reach it. */
export function loopback(host: string): string {
  const isLoopback = host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.')) || host === '::1';
  if (isLoopback) return host;
  throw new InvalidArgumentError(
    'It listens on this machine only (127.0.0.1, ::1): it has a faucet and no protection against strangers. '
    + 'For others, run solana-test-validator or use devnet; or let them in through an SSH tunnel.',
  );
}
