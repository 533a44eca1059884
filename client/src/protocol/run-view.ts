/**
 * A run as the chain has it, decoded: numbers up to 32 bits as `number`, longer ones as `bigint`, addresses in base58, hashes
 * and bitmaps as bytes. Slots are bigint. Field by field the `Run` account of the coordinator program.
 */

/** In the order of their numbers on chain. */
export const RUN_STATES = [
  'Uninitialized',
  'WaitingForMembers',
  'Warmup',
  'RoundTrain',
  'RoundWitness',
  'Cooldown',
  'Finished',
  'Paused',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const MEMBER_STATES = ['Joined', 'Healthy', 'Dropped', 'Convicted'] as const;
/** Joined: not warm yet. Dropped: out for the rest of the epoch. Convicted: out, and what it earned in the epoch is lost. */
export type MemberState = (typeof MEMBER_STATES)[number];

export const ROUND_STATUSES = ['Empty', 'Open', 'Decided', 'Undecided'] as const;
export type RoundStatus = (typeof ROUND_STATUSES)[number];

/** A run's settings as its creator gives them: times in seconds, sizes in sequences, the deposit in lamports. */
export interface RunSettings {
  warmupTime: number;
  cooldownTime: number;
  maxRoundTrainTime: number;
  roundWitnessTime: number;
  epochTime: number;
  waitingForMembersExtraTime: number;
  /** Milliseconds a slot is taken to last; seconds become slots by it, rounded up. */
  slotMs: number;
  initMinClients: number;
  minClients: number;
  /** 0: every healthy member, up to 32. */
  witnessNodes: number;
  totalSteps: number;
  globalBatchSizeStart: number;
  globalBatchSizeEnd: number;
  globalBatchSizeWarmupTokens: bigint;
  /** Tokens per sequence. */
  sequenceLength: number;
  pointsPerStep: bigint;
  /** The witnesses' part of the points, in thousandths. */
  witnessPermille: number;
  /** Lamports. */
  joinDeposit: bigint;
  verificationPercent: number;
}

/** The settings as the run has them. */
export interface RunConfig extends RunSettings {
  /** The settings' times in slots, as the program goes by. */
  warmupSlots: number;
  cooldownSlots: number;
  maxRoundTrainSlots: number;
  roundWitnessSlots: number;
  epochSlots: number;
  waitingForMembersExtraSlots: number;
}

/** One of the epoch's members; its place in `members` is its index for the epoch. */
export interface RunMember {
  index: number;
  /** Node key, base58. */
  key: string;
  /** Earned in this epoch, not settled yet. */
  points: bigint;
  /** Its vote in Cooldown; zeros before. */
  cooldownHash: Uint8Array;
  acceptedRounds: number;
  witnessedRounds: number;
  capacity: number;
  state: MemberState;
  cooldownVoted: boolean;
  settled: boolean;
  /** It did not warm up in time: settling takes its deposit. */
  forfeited: boolean;
}

export interface PendingMember {
  key: string;
  capacity: number;
}

/** What one elected witness last voted for; its place in `votes` is its place in `witnesses`. */
export interface WitnessVote {
  voted: boolean;
  /** Zeros before it voted, as is `root`. */
  bitmap: Uint8Array;
  root: Uint8Array;
  parameterHash?: Uint8Array;
}

/** What is kept of a round; the last four are. */
export interface RunRound {
  epoch: number;
  round: number;
  step: number;
  status: RoundStatus;
  closedAtDeadline: boolean;
  seedPinned: boolean;
  /** Zeros until pinned. */
  seed: Uint8Array;
  dataPosition: bigint;
  batchSize: number;
  /** Whose commitments were accepted. */
  bitmap: Uint8Array;
  /** Of the accepted list; zeros when undecided. */
  root: Uint8Array;
  /** What a quorum of witnesses named; absent when none did. */
  parameterHash?: Uint8Array;
  /** Who was healthy when the round opened. */
  trainers: Uint8Array;
  witnesses: number[];
  /** By position: which of them voted. */
  voted: boolean[];
}

export interface RunView {
  /** Of the Run account, base58. */
  address: string;
  version: number;
  state: RunState;
  pauseRequested: boolean;
  runId: string;
  authority: string;
  /** What commitments and payloads name for the run: no other has it, on whatever cluster. */
  origin: Uint8Array;
  /** The treasury's address; absent when the run pays nothing. */
  treasury?: string;
  /** Whose authorization joining takes; absent: anyone may join. */
  joinAuthority?: string;
  manifestHash: Uint8Array;
  clientVersion: string;
  config: RunConfig;
  stateStartSlot: bigint;
  epoch: number;
  epochStartSlot: bigint;
  round: number;
  /** Steps completed; the current round works on this one. */
  step: number;
  undecidedInRow: number;
  tokensProcessed: bigint;
  /** Sequence index where the current round's batch begins. */
  dataPosition: bigint;
  batchSize: number;
  /** When enough members had joined; 0 before. */
  minReachedSlot: bigint;
  decided: boolean;
  decidedSlot: bigint;
  /** Agreed hash of the parameters the epoch starts with; zeros before the first Cooldown: the initial ones. */
  epochHash: Uint8Array;
  /** In Cooldown: a quorum of the members agreed on it already. */
  epochHashAgreed: boolean;
  /** Points left over by divisions and forfeits, paid with the next round. */
  carry: bigint;
  /** Every decided round adds `pointsPerStep`: settled + forfeited + this epoch's + carry. */
  pointsAwardedTotal: bigint;
  /** Settled, of all members. */
  pointsEarnedTotal: bigint;
  pointsForfeited: bigint;
  /** In `members`, not settled yet. */
  epochPoints: bigint;
  /** Lamports of deposits that members hold, and that were taken from those that never warmed up. */
  depositsHeld: bigint;
  depositsForfeited: bigint;
  /** Open Member accounts. */
  memberAccounts: number;
  /** Base units of collateral owed in all, Q64.64. */
  owedTotal: bigint;
  /** Base units of collateral per point. */
  rate: { num: bigint; den: bigint };
  /** From the next epoch. */
  nextRate: { num: bigint; den: bigint };
  checkpoint?: { location: string; hash: Uint8Array };
  /** Members that may post this epoch's checkpoint. */
  checkpointers: number[];
  /** Members with a share of the batch, in seed order; empty before the round's seed is pinned. */
  trainers: number[];
  /** Elected witnesses; a witness's `position` is its place here. */
  witnesses: number[];
  seedSlot: bigint;
  seedPinned: boolean;
  /** Of the current round, by position. */
  votes: WitnessVote[];
  /** The last four rounds, empty ones left out, oldest first. */
  rounds: RunRound[];
  members: RunMember[];
  pending: PendingMember[];
}

/** Whether a round is over, decided or not. */
export const isClosed = (round: RunRound): boolean => round.status === 'Decided' || round.status === 'Undecided';

/** Whether the run is between the opening and the end of an epoch's rounds. */
export const isTraining = (run: Pick<RunView, 'state'>): boolean => run.state === 'RoundTrain' || run.state === 'RoundWitness';

/** Whether the epoch's first round has opened: members can be dropped and convicted until Cooldown is over. */
export const isPastWarmup = (run: Pick<RunView, 'state'>): boolean => isTraining(run) || run.state === 'Cooldown';

/** Whether an epoch is under way, i.e. whether `members` means anything. */
export const inEpoch = (run: Pick<RunView, 'state'>): boolean => run.state === 'Warmup' || isPastWarmup(run);

/** Whether a member has a vote on the epoch's hash: it was warm, and is not convicted. */
export const hasEpochVote = (member: RunMember): boolean => !member.forfeited && member.state !== 'Convicted';

/** The member with this node key in the running epoch. */
export const findMember = (run: RunView, key: string): RunMember | undefined => run.members.find((m) => m.key === key);

/** What is kept of a round, if it still is. */
export const findRound = (run: RunView, epoch: number, round: number): RunRound | undefined =>
  run.rounds.find((r) => r.epoch === epoch && r.round === round);

export { bitmapOf, bitsOf, hasBit } from './bitmap.js';
