import { Option, type Command } from 'commander';
import { BEST_FIRST, type BackendKind } from '../../training/backends/index.js';
import { outputOption } from '../common/chain-options.js';
import { wholeNumber } from '../common/whole-number.js';

export interface DevicesFlags {
  backend?: BackendKind;
  threads: number;
  /** Milliseconds of measuring per backend; 0: none. */
  measure: number;
  probe?: BackendKind;
  output: 'text' | 'json';
}

export function devicesOptions(command: Command): Command {
  return command
    .addOption(new Option('--backend <name>', 'look at this one alone').choices([...BEST_FIRST, 'cpu']))
    .option('--threads <n>', 'threads of the WebAssembly backend', wholeNumber(1, 64), 1)
    .option('--measure <ms>', 'how long to measure each one; 0: not at all', wholeNumber(0, 600_000), 1500)
    .addOption(new Option('--probe <name>').hideHelp())
    .addOption(outputOption());
}
