import type { ChainFlags } from '../common/chain-options.js';

export interface LeaveFlags extends ChainFlags {
  run?: string;
}
