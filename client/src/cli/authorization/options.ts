import type { ChainFlags } from '../common/chain-options.js';

export interface AuthorizationFlags extends ChainFlags {
  /** The run that it is for; absent: all runs of the grantor. */
  run?: string;
}

export interface ListFlags extends ChainFlags {
  grantor?: string;
  grantee?: string;
}

export interface DelegateFlags extends AuthorizationFlags {
  none?: boolean;
}
