import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { outputOption } from '../common/chain-options.js';

export interface NewNodeOptions {
  outfile: string;
  force: boolean;
  output: 'text' | 'json';
}

export function newNodeOptions(command: Command): Command {
  return command
    .option('-o, --outfile <file>', 'where to write it', join(homedir(), '.config', 'psyche', 'node.json'))
    .option('--force', 'replace a key that is there: it is lost', false)
    .addOption(outputOption());
}
