import { Command, InvalidArgumentError, Option } from 'commander';
import { PublicKey } from '@solana/web3.js';
import { MAX_CAPACITY } from '../../round/membership.js';
import { DEFAULT_PAYLOAD_BYTES } from '../../store/state-dir.js';
import type { BackendChoice, Precision } from '../../training/backends/index.js';
import { type ClusterFlags, clusterOptions, type PriceFlags, priceOptions, type ProgramFlags, programOptions } from '../common/chain-options.js';
import { collect } from '../common/collect.js';
import { type DataFlags, dataOptions } from '../common/data-options.js';
import { parseSize } from '../common/size.js';
import { wholeNumber } from '../common/whole-number.js';
import { type NetworkFlags, networkOptions } from './network.js';

/** What `join` is asked to do; see `--help` for each. */
export interface JoinOptions extends ProgramFlags, ClusterFlags, PriceFlags, DataFlags, NetworkFlags {
  run: string;
  keypair?: string;
  commitment?: 'processed' | 'confirmed' | 'finalized';
  payout?: PublicKey;
  stateDir?: string;
  capacity: number;
  backend: BackendChoice;
  precision: Precision;
  microBatch: number;
  threads: number;
  logFormat: 'text' | 'json';
  restart: boolean;
  maxPayloads: number;
  exitOnPause: boolean;
  sample: number;
  evaluate: number;
  tasks: string[];
  checkpointStore?: string;
  allowHttp: boolean;
}

/** Adds `join`'s options to a command. */
export function joinOptions(command: Command): Command {
  clusterOptions(command.requiredOption('--run <id>', 'the run to join, by its id or address'))
    .option('-k, --keypair <file>', 'node key: signs, pays fees and is the peer-to-peer identity (default: the solana CLI\'s)')
    .addOption(
      new Option('--commitment <level>', 'how sure to be of what the chain says (default: the solana CLI\'s; processed on this machine)').choices(['processed', 'confirmed', 'finalized']),
    )
    .option('--payout <address>', 'the key that alone can claim what this node earns; fixed by the first join (default: the node key)', publicKey)
    .option('--state-dir <dir>', 'where this node keeps its state (default: ~/.local/share/psyche)')
    .option('--capacity <1-8>', 'share of each batch to take, relative to the others', wholeNumber(1, MAX_CAPACITY), 1)
    .addOption(new Option('--backend <name>', 'what computes gradients').choices(['auto', 'gpu', 'webgpu', 'node', 'wasm', 'cpu']).default('auto'))
    .addOption(new Option('--precision <format>', 'of products of matrices; bfloat16 with native backends only').choices(['float32', 'bfloat16']).default('float32'))
    .option('--micro-batch <sequences>', 'sequences a forward and backward pass takes at most; fewer where memory is short', wholeNumber(1, 4096), 4)
    .option('--threads <n>', 'threads of the WebAssembly backend', wholeNumber(1, 64), 1)
    .addOption(new Option('--log-format <format>', 'lines for people, or one JSON object a line').choices(['text', 'json']).default('text'))
    .option('--restart', 'start the client again by itself when it crashes, as long as that may help', false)
    .addOption(new Option('--max-payloads <size>', 'most that an epoch\'s payloads take on the disk, for restarts and disputes; 0: none are kept').argParser(sizeOrNone).default(DEFAULT_PAYLOAD_BYTES, '4GB'))
    .option('--exit-on-pause', 'leave when the run pauses, not only when it is finished', false)
    .option('--sample <tokens>', 'let the model write so many tokens at the end', wholeNumber(0, 4096), 0)
    .option('--evaluate <sequences>', 'held-out sequences an evaluation takes; 0: never', wholeNumber(0, 4096), 32)
    .option('--tasks <file>', 'multiple-choice questions that each evaluation answers, reported with the next vote (docs/checkpoints.md); may be repeated', collect, [])
    .option('--checkpoint-store <location>', 'put epochs\' checkpoints there when elected, and say so on the chain: a folder, https://… or hf://owner/name')
    .option('--allow-http', 'even over plain http to another machine', false);
  return programOptions(dataOptions(networkOptions(command)));
}

function publicKey(text: string): PublicKey {
  try {
    return new PublicKey(text);
  } catch {
    throw new InvalidArgumentError('It must be a base58 address of 32 bytes.');
  }
}

const sizeOrNone = (text: string): number => (text.trim() === '0' ? 0 : parseSize(text));
