import type { P2pNode, PeerMember } from '../../p2p/index.js';
import type { DoctorFlags } from './options.js';

/** How a check went: fine; it will do, but could be better; training will not work, or badly; it could not be made. */
export type Outcome = 'ok' | 'warning' | 'failure' | 'skipped';

export interface Finding {
  outcome: Outcome;
  /** What was found, one sentence. */
  text: string;
  /** What to change, where something should be. */
  advice?: string;
  /** For programs. */
  data?: unknown;
}

/** What checks learn, for those after them. */
export interface Patient {
  readonly flags: DoctorFlags;
  /** The node that plays this machine's part, from `listening` on. It has a key of nobody's. */
  node?: P2pNode;
  /** The run's members with what the chain says of the way to them, from `chain` on. */
  members?: readonly PeerMember[];
  /** What is to be closed when all checks are over, in reverse. */
  readonly closing: (() => unknown)[];
}

/** One thing that is looked at. Checks are made in order, and a later one may need what an earlier one has left. */
export interface Check {
  /** One or two words. */
  name: string;
  /** What comes of it is a finding; only a defect or the signal throws. */
  run(patient: Patient, signal: AbortSignal): Promise<Finding>;
}

export const ok = (text: string, data?: unknown): Finding => ({ outcome: 'ok', text, data });
export const warning = (text: string, advice: string, data?: unknown): Finding => ({ outcome: 'warning', text, advice, data });
export const failure = (text: string, advice: string, data?: unknown): Finding => ({ outcome: 'failure', text, advice, data });
export const skipped = (text: string, advice?: string): Finding => ({ outcome: 'skipped', text, ...(advice === undefined ? {} : { advice }) });
