import type { Command } from 'commander';
import { type ChainFlags, chainOptions } from '../common/chain-options.js';
import { wholeNumber } from '../common/whole-number.js';
import { type NetworkFlags, networkOptions } from '../join/network.js';

export interface DoctorFlags extends ChainFlags, NetworkFlags {
  run?: string;
  /** Seconds that members get to try. */
  wait: number;
}

export function doctorOptions(command: Command): Command {
  return networkOptions(chainOptions(command.option('--run <id>', 'a run whose members are asked to try to reach this machine'), 'not needed: nothing is signed')).option(
    '--wait <seconds>',
    'how long to wait for what members find',
    wholeNumber(1, 600),
    30,
  );
}
