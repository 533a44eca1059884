import { Command } from 'commander';
import { chainOptions } from '../common/chain-options.js';
import { wholeNumber } from '../common/whole-number.js';
import type { CheckpointFlags, PullFlags, PushFlags } from './handler.js';

const LOCATIONS = `
A location is a folder, https://host/path or hf://owner/name[@revision][/subfolder]. PSYCHE_CHECKPOINT_TOKEN is sent to
HTTP servers, HF_TOKEN to the Hub (HF_ENDPOINT, if it is another than huggingface.co).`;

/** `psyche-client checkpoint`: bring checkpoints from one place to another, and look whether they are true. */
export function checkpointCommand(): Command {
  const command = new Command('checkpoint').description('push, pull and verify checkpoints');
  command
    .addCommand(
      stored(new Command('push'))
        .description('put a checkpoint folder into a store; it appears there whole or not at all')
        .argument('<folder>', 'a Hugging Face folder')
        .argument('<location>', 'where to')
        .option('--step <n>', 'optimizer steps that led to it, where the folder does not say', wholeNumber(0, 2 ** 32 - 1))
        .option('--public', 'a repository of the Hub that has to be made is public', false)
        .addHelpText('after', `${LOCATIONS}\n\nExamples:\n  $ psyche-client checkpoint push .psyche/dev/<run>/checkpoint hf://owner/name\n  $ psyche-client checkpoint push step-400 https://host/checkpoints/step-400`)
        .action(async (folder: string, location: string, flags: PushFlags) => (await import('./handler.js')).push(folder, location, flags)),
    )
    .addCommand(
      stored(new Command('pull'))
        .description('fetch a checkpoint; goes on where an earlier pull was interrupted')
        .argument('<places...>', 'where from (left out with --run: where the run says), and the folder to put it')
        .usage('[options] [location] <folder>')
        .option('--root <hash>', 'fetch it only if its parameters have this root')
        .option('--max-bytes <n>', 'fetch it only if it is no larger', wholeNumber(1, Number.MAX_SAFE_INTEGER))
        .option('--run <id>', 'fetch it only if it is what this run has agreed on')
        .addHelpText('after', `${LOCATIONS}\n\nExamples:\n  $ psyche-client checkpoint pull hf://owner/name checkpoint\n  $ psyche-client checkpoint pull --run demo -u devnet checkpoint`)
        .action(async (places: string[], flags: PullFlags) => (await import('./handler.js')).pull(places, flags)),
    )
    .addCommand(
      stored(new Command('verify'))
        .description("hash a checkpoint's files and parameters again, and compare them with what it says")
        .argument('<folder>', 'the checkpoint')
        .option('--run <id>', 'and with what this run has agreed on')
        .addHelpText('after', `\nExamples:\n  $ psyche-client checkpoint verify checkpoint\n  $ psyche-client checkpoint verify checkpoint --run demo -u devnet`)
        .action(async (folder: string, flags: CheckpointFlags) => (await import('./handler.js')).verify(folder, flags)),
    );
  return command;
}

function stored(command: Command): Command {
  return chainOptions(command, 'not needed').option('--allow-http', 'plain http to other machines', false);
}
