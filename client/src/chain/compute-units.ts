/**
 * The compute units each instruction may use. Limits, not estimates: above what the programs' tests measure for the
 * largest run, low enough for a block to be found, and no fee is charged for units not used unless a price is set.
 */
export const COMPUTE_UNITS = {
  createRun: 60_000,
  writeManifest: 15_000,
  sealManifest: 20_000,
  updateConfig: 30_000,
  updateClientVersion: 20_000,
  setExchangeRate: 20_000,
  resume: 20_000,
  pause: 20_000,
  joinRun: 60_000,
  leaveRun: 40_000,
  tick: 600_000,
  pinSeed: 500_000,
  warmupWitness: 60_000,
  witness: 200_000,
  healthCheck: 60_000,
  cooldownWitness: 100_000,
  checkpoint: 60_000,
  settle: 200_000,
  finish: 20_000,
  closeMember: 30_000,
  closeRun: 30_000,
  createTreasury: 150_000,
  fund: 60_000,
  treasurerSetExchangeRate: 40_000,
  resumeRun: 60_000,
  claim: 100_000,
  withdraw: 60_000,
} as const;
