import type { ChainFlags } from '../common/chain-options.js';

/** What every `run` command is told beside its run. */
export interface RunFlags extends ChainFlags {
  run?: string;
}
