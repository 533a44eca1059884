import type { ConfigArgs } from '../../client/src/chain/index.js';
import type { Role } from './client.js';

/** What a scenario wants to begin with. */
export interface Setup {
  clients: number;
  /** How many of them, the first ones, start at once; all unless told. */
  first?: number;
  /** Settings of the run instead of the usual ones; times in seconds. */
  config?: Partial<ConfigArgs>;
  /** By index; honest and plain unless told. */
  roles?: Readonly<Record<number, Role>>;
  /** RPC endpoints with links before them, for each client its own: 0 (the validator itself), 1 or 2. */
  endpoints?: number;
  /** Clients leave when the run pauses; they do unless told. */
  exitOnPause?: boolean;
}

/** How all scenarios are run. */
export interface Options {
  /** What all times of runs are multiplied by: more on a busy machine. */
  pace: number;
  /** What the time that a scenario may take is multiplied by, on top of that. */
  patience: number;
  /** Clients are started from dist/ instead of from the sources. */
  built: boolean;
  /** Decides which packets are lost, and whom accidents hit. */
  seed: number;
  /** The short form that CI has. */
  ci: boolean;
}

/** A fifth of Solana's slot: the state machine's pace is not what this is about. */
export const SLOT_MS = 80;

/** Short rounds, so that who is missing is noticed soon; where all goes well none of these times is waited for. */
const USUAL: Partial<ConfigArgs> = {
  warmupTime: 15,
  maxRoundTrainTime: 8,
  roundWitnessTime: 4,
  cooldownTime: 8,
  epochTime: 8,
  waitingForMembersExtraTime: 1,
  totalSteps: 10_000,
  slotMs: SLOT_MS,
};

const TIMES = ['warmupTime', 'maxRoundTrainTime', 'roundWitnessTime', 'cooldownTime', 'epochTime', 'waitingForMembersExtraTime'] as const;

/** The run's settings, at the pace of this machine. Everyone who starts at once is needed to begin, and all but one to go on. */
export function configOf({ clients, first = clients, config }: Setup, pace: number): Partial<ConfigArgs> {
  const settings: Partial<ConfigArgs> = { ...USUAL, initMinClients: first, minClients: Math.max(1, first - 1), ...config };
  for (const name of TIMES) settings[name] = Math.ceil((settings[name] ?? 0) * pace);
  return settings;
}
