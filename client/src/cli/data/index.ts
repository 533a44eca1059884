import { Command } from 'commander';
import { type InspectFlags, inspectOptions, type PrepareFlags, prepareOptions } from './options.js';

/** `psyche-client data`: what runs train on. */
export function dataCommand(): Command {
  const prepare = prepareOptions(new Command('prepare'))
    .description('make a data set of texts: tokens in flat files, and an index with their hashes; the same bytes on every machine')
    .addHelpText(
      'after',
      `
Interrupted, it goes on from its last whole file when it is repeated.

Examples:
  $ psyche-client data prepare corpus/ -o prepared --tokenizer tokenizer.json
  $ psyche-client data prepare hf://datasets/HuggingFaceFW/fineweb/sample/10BT/000_00000.parquet -o fineweb --tokenizer tokenizer.json
  $ psyche-client data prepare stories.txt -o stories --document-separator '<|endoftext|>'
  $ psyche-client data prepare --tokens nanogpt/data/openwebtext --vocab-size 50257 --end-of-text 50256`,
    )
    .action(async (inputs: string[], flags: PrepareFlags) => (await import('./prepare.js')).prepareData(inputs, flags));
  const inspect = inspectOptions(new Command('inspect'))
    .description('show a data set, or what a run trains on: counts, samples, and whether it is what its hashes say')
    .addHelpText(
      'after',
      `
Examples:
  $ psyche-client data inspect prepared
  $ psyche-client data inspect hf://datasets/owner/name@main --samples 10
  $ psyche-client data inspect manifest.json --data fineweb=/data/fineweb --output json`,
    )
    .action(async (what: string, flags: InspectFlags) => (await import('./inspect.js')).inspectData(what, flags));
  return new Command('data').description('prepare and look at what runs train on').addCommand(prepare).addCommand(inspect);
}
