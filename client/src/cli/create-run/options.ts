import type { Command } from 'commander';
import { type ChainFlags, chainOptions } from '../common/chain-options.js';

/** Files `templates/<name>-run.toml`. */
export const TEMPLATES = ['demo', 'llama', 'consilience'];

export interface CreateRunFlags extends ChainFlags {
  config?: string;
  id?: string;
  data?: string;
  /** `true` for the first of {@link TEMPLATES}. */
  template: boolean | string;
  dryRun: boolean;
  /** `--no-open` */
  open: boolean;
}

export function createRunOptions(command: Command): Command {
  return chainOptions(
    command
      .option('-c, --config <file>', "the run's settings, a TOML file")
      .option('--id <id>', "the run's id, instead of the file's")
      .option('--data <file>', "the text to train on, instead of the file's")
      .option('--template [name]', `print commented settings to begin with: ${TEMPLATES.join(', ')}`, false)
      .option('--dry-run', 'check the settings and say what the run would cost, without creating it', false)
      .option('--no-open', "don't open the run to members yet: `run resume` does later"),
    "key that owns the run, pays for it and funds its treasury",
  );
}
