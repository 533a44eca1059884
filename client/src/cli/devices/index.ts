import { Command } from 'commander';
import { devicesOptions, type DevicesFlags } from './options.js';

/** `psyche-client devices`: what can compute gradients here. */
export function devicesCommand(): Command {
  return devicesOptions(new Command('devices'))
    .description('list what can compute gradients here, how fast, and which of them join would take')
    .addHelpText(
      'after',
      `
Speeds are those of a small GPT-2 (0.84 M parameters, context 128): good for comparing machines, not for telling how
fast a run's own model will be. The results of a run do not depend on the backend, only its speed does.

Examples:
  $ psyche-client devices
  $ psyche-client devices --backend wasm --threads 2
  $ psyche-client devices --output json`,
    )
    .action(async (flags: DevicesFlags) => (await import('./handler.js')).devices(flags));
}
