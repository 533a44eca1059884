import { findMember, inEpoch, type RunState, type RunView } from '../protocol/run-view.js';

/** What decides how many compute units the coordinator's instructions take on a run. */
export interface Load {
  /** Where it is known; a tick takes what its transition does. */
  state?: RunState;
  /** Members of the epoch. */
  members: number;
  /** On the list for the next one. */
  pending: number;
  /** That a round has, or can have. */
  witnesses: number;
  /** The members have agreed on the epoch's hash: votes are not counted any more. */
  epochHashAgreed: boolean;
}

/** As many of everything as a run can have. */
export const FULL_LOAD: Load = { members: 256, pending: 256, witnesses: 32, epochHashAgreed: false };

/** So many may join between a look at the run and a transaction's execution. */
const JOINING = 32;

/**
 * What a run as it was seen says about the transactions that are built on it. What others may do until those are
 * executed is part of it: more may have joined, and all votes may have been cast.
 */
export function loadOf({ state, members, pending, config, epochHashAgreed }: RunView): Load {
  return {
    state,
    members: members.length,
    pending: Math.min(pending.length + JOINING, FULL_LOAD.pending),
    witnesses: Math.min(config.witnessNodes || FULL_LOAD.witnesses, FULL_LOAD.witnesses, members.length),
    epochHashAgreed: state === 'Cooldown' && epochHashAgreed,
  };
}

/** Whether a node has an account in this run for sure: while it is on the list or in the epoch it can't close it. */
export const isJoined = (run: RunView, node: string): boolean =>
  run.pending.some((p) => p.key === node) || (inEpoch(run) && findMember(run, node) !== undefined);
