import type { Command } from 'commander';
import { PsycheError } from '../../errors.js';

/** Lets a command be told its run as an argument or, like `join`, with `--run`. */
export const runArgument = (command: Command): Command =>
  command.argument('[run]', 'the run, by its id or address').option('--run <id>', 'the same');

/** @throws PsycheError `NO_RUN` */
export function runNamed(argument: string | undefined, flags: { run?: string }): string {
  const run = argument ?? flags.run;
  if (run === undefined) throw new PsycheError('NO_RUN', 'Say which run: its id or address.');
  return run;
}
