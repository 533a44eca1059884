import type { ConfigArgs } from '../../../client/src/chain/coordinator-calls.js';

/**
 * A run of three short steps. In slots of 400 ms: 10 of warmup, 20 to train, 10 to witness, 10 of cooldown, 5 of extra
 * time, 1,000 for an epoch.
 */
export const SETTINGS: ConfigArgs = {
  warmupTime: 4,
  cooldownTime: 4,
  maxRoundTrainTime: 8,
  roundWitnessTime: 4,
  epochTime: 400,
  waitingForMembersExtraTime: 2,
  slotMs: 400,
  initMinClients: 1,
  minClients: 1,
  witnessNodes: 0,
  totalSteps: 3,
  globalBatchSizeStart: 8,
  globalBatchSizeEnd: 8,
  globalBatchSizeWarmupTokens: 0n,
  sequenceLength: 64,
  pointsPerStep: 1_000n,
  witnessPermille: 100,
  joinDeposit: 1_000_000n,
  verificationPercent: 0,
};

/** The version that the runs of these tests ask for. */
export const VERSION = '0.1.0';
