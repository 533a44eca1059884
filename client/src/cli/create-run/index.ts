import { Command } from 'commander';
import { type CreateRunFlags, createRunOptions } from './options.js';

/** `psyche-client create-run`, also `npm run create-run -- …`. */
export function createRunCommand(): Command {
  return createRunOptions(new Command('create-run'))
    .description('create a run with its treasury from a file of settings, and open it to members; repeat it if it fails half-way')
    .addHelpText(
      'after',
      `
Examples:
  $ psyche-client create-run --template > run.toml
  $ psyche-client create-run --config run.toml -u devnet -k authority.json --dry-run
  $ psyche-client create-run --config run.toml -u devnet -k authority.json`,
    )
    .action(async (flags: CreateRunFlags) => (await import('./handler.js')).createRunFromFile(flags));
}
