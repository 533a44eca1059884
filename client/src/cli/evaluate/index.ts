import { Command } from 'commander';
import { collect } from '../common/collect.js';
import { modelOptions } from '../common/open-model.js';
import { wholeNumber } from '../common/whole-number.js';
import type { EvaluateFlags } from './handler.js';


/** `psyche-client evaluate <checkpoint>`: how good a model is. */
export function evaluateCommand(): Command {
  return modelOptions(new Command('evaluate').argument('<checkpoint>', 'a folder, https://… or hf://owner/name[@revision][/subfolder]'), 64)
    .description('score a checkpoint on multiple-choice tasks, on the loss of a text, and by samples to look at')
    .option('--tasks <file>', 'a task as .jsonl or .json (docs/checkpoints.md); may be repeated', collect, [])
    .option('--data <file>', 'a text to take the loss of; may be repeated', collect, [])
    .option('--prompt <text>', 'what to go on with, for a sample; may be repeated', collect, [])
    .option('--few-shot <n>', 'solved examples before each question (default: as the task says, else 0)', wholeNumber(0, 64))
    .option('--limit <n>', 'only the first n questions of each task', wholeNumber(1, 1_000_000))
    .option('--held-out <permille>', 'thousandths at the end of a text to take; 1000: all of it', wholeNumber(1, 1000), 50)
    .option('--sequences <n>', 'sequences of a text to take, spread evenly', wholeNumber(1, 1_000_000), 256)
    .option('--micro-batch <n>', 'sequences that go through the model at a time', wholeNumber(1, 1024), 8)
    .addHelpText(
      'after',
      `
Accuracies are those of lm-evaluation-harness: acc by the likeliest choice, acc_norm by the likeliest per character.

Examples:
  $ psyche-client evaluate .psyche/dev/<run>/checkpoint --tasks data/shakespeare-next-word.jsonl --data data/tinyshakespeare.txt
  $ psyche-client evaluate hf://owner/name --tasks hellaswag.jsonl --few-shot 5 --limit 500 --output json`,
    )
    .action(async (checkpoint: string, flags: EvaluateFlags) => (await import('./handler.js')).evaluate(checkpoint, flags));
}
