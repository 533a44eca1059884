/**
 * The compute units each instruction may use: two to three times what it took in a run of 256 members and 32 witnesses
 * (in comments), since finding program addresses takes more for some keys than for others. A transaction's limit is the
 * sum of its instructions'; what is not used costs nothing but where a price per unit is set.
 */
export const COMPUTE_UNITS = {
  createRun: 60_000, // 14,000
  writeManifest: 10_000, // 2,200
  sealManifest: 12_000, // 2,800
  updateConfig: 20_000,
  updateClientVersion: 10_000,
  setJoinAuthority: 15_000,
  resume: 15_000,
  pause: 15_000,
  joinRun: 60_000, // 24,000
  leaveRun: 20_000, // 4,900
  tick: 150_000, // 54,000: closes a round, awards points, opens the next or Cooldown
  pinSeed: 120_000, // 46,000: draws all roles
  warmupWitness: 15_000, // 3,500
  witness: 25_000, // 6,400
  healthCheck: 20_000,
  convict: 40_000,
  cooldownWitness: 30_000, // 14,000
  checkpoint: 15_000, // 2,600
  settle: 80_000, // 28,000 for 12 members
  finish: 15_000,
  closeMember: 20_000,
  closeRun: 20_000,
  createTreasury: 120_000, // 33,000
  fund: 40_000, // 9,500; a mint of Token-2022 takes more, as in the other transfers
  treasurerSetExchangeRate: 30_000,
  resumeRun: 40_000,
  claim: 100_000, // 34,000
  withdraw: 50_000, // 14,000
  closeTreasury: 40_000,
  closeClaimRecord: 20_000,
  createAuthorization: 30_000,
  setActive: 8_000,
  setDelegates: 30_000,
  closeAuthorization: 15_000,
} as const;
