import { Command } from 'commander';
import { modelOptions } from '../common/open-model.js';
import type { GenerateFlags } from './handler.js';

/** `psyche-client generate <checkpoint>`: let a model write. */
export function generateCommand(): Command {
  return modelOptions(new Command('generate').argument('<checkpoint>', 'a folder, https://… or hf://owner/name[@revision][/subfolder]'), 200)
    .description('let the model of a checkpoint go on with a text')
    .option('--prompt <text>', 'what it goes on with', '')
    .addHelpText(
      'after',
      `
Examples:
  $ psyche-client generate .psyche/dev/<run>/checkpoint --prompt "ROMEO:" --tokens 300
  $ psyche-client generate hf://owner/name --prompt "Once upon a time" --temperature 0.7 --top-k 50 --seed 7`,
    )
    .action(async (checkpoint: string, flags: GenerateFlags) => (await import('./handler.js')).generate(checkpoint, flags));
}
