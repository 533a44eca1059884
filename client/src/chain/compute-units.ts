import type { RunState, RunView } from '../protocol/run-view.js';

/**
 * The compute units that each instruction may use: what it takes at most for a run of this size, so that the price per
 * unit is paid for what is needed and no more. The numbers are measured on the programs in `programs/deploy`, each in
 * the costliest state that could be found; `tests/programs/costs*.test.ts` fail where one of them does not suffice, or
 * is much more than what is used. What goes into them: a base; so much per member, witness or byte; and for each
 * address that the program has to find itself, the bumps that it tries in vain (protocol: `find_program_address`).
 */

/** What decides what the coordinator's instructions take. */
export interface Load {
  /** Of the run, where it is known; a tick costs what its transition does. */
  state?: RunState;
  /** In the epoch. */
  members: number;
  /** On the list for the next one. */
  pending: number;
  /** Of the round, or that it can have. */
  witnesses: number;
  /** The members have agreed on the epoch's hash: nobody counts votes any more. */
  epochHashAgreed: boolean;
}

/** The most there can be of everything. */
export const FULL_LOAD: Load = { members: 256, pending: 256, witnesses: 32, epochHashAgreed: false };

/** What is known from a run as it was seen. */
export function loadOf(run: RunView): Load {
  const { state, members, pending, epochHashAgreed, config } = run;
  const members_ = Math.max(members.length, 1);
  return {
    state,
    members: members_,
    pending: Math.min(pending.length + JOINING, FULL_LOAD.pending),
    witnesses: Math.min(config.witnessNodes || FULL_LOAD.witnesses, FULL_LOAD.witnesses, members_),
    epochHashAgreed: state === 'Cooldown' && epochHashAgreed,
  };
}

/** So many may join between a look at the run and a transaction's execution. */
const JOINING = 32;
/** What an attempt to find a program's address takes. */
const ATTEMPT = 1_500;
/** For what was not found out: the programs are the same everywhere, their accounts' contents are not. */
const MARGIN = 1.04;

const units = (measured: number): number => Math.ceil(measured * MARGIN);

/** @param misses bumps tried in vain, of all addresses that the program finds. */
const finding = (misses: number): number => ATTEMPT * misses;
