import type { ChainFlags } from '../common/chain-options.js';

export interface ClaimFlags extends ChainFlags {
  run?: string;
  node?: string[];
  amount?: string;
  close?: boolean;
}
