import { TOKEN_PROGRAM } from './addresses.js';
import type { Load } from './load.js';
import type { MintInfo } from './tokens.js';

/**
 * The compute units that each instruction may use: what it takes at most for a run of this size, so that a price per
 * unit is paid for what is needed and no more. Measured on the programs in `programs/deploy`, each in the costliest state
 * that was found; the tests of what it costs (`tests/programs/costs*.test.ts`) fail where one does not suffice, or is much
 * more than what is used. They are made of a base, so much per member, witness or byte, and for each address that a
 * program finds for itself the bumps that it tries in vain.
 */

/** What the runtime takes for an instruction of the system program or the compute budget's. */
export const BUILTIN_UNITS = 150;
/** What trying one bump of a program's address takes. */
const ATTEMPT = 1_500;
/** For what the search for the costliest states has missed. */
const MARGIN = 1.03;
/** For Token-2022, whose instructions take more with each extension of mint and account. */
const EXTENSIONS_MARGIN = 1.15;

/** What a program takes to say why it refuses, after whatever it did before: the sender is to learn that. */
export const REFUSAL_UNITS = 1_500;

const atMost = (measured: number): number => Math.ceil(measured * MARGIN) + REFUSAL_UNITS;
const finding = (misses: number): number => ATTEMPT * misses;

/** With SPL Token, and with Token-2022. */
const byToken = (mint: MintInfo, spl: number, token2022: number): number =>
  mint.program.equals(TOKEN_PROGRAM) ? atMost(spl) : Math.ceil(token2022 * EXTENSIONS_MARGIN) + REFUSAL_UNITS;

/** What a tick takes by what it does: close a round, open the next or Cooldown; draw round 0's roles; start; end. */
function tick({ state, members, pending, witnesses }: Load): number {
  // Of eight capacities there may be, each is a class of its own when the batch is split.
  const closing = 5_560 + 150 * Math.min(members, 8) + 196 * witnesses + 179 * members;
  if (state === 'WaitingForMembers') return 2_070 + 14.2 * pending;
  if (state === 'Warmup') return 3_420 + 108 * witnesses + 161 * members;
  return state === 'Cooldown' ? 1_850 + 13 * members : closing;
}

/** In Warmup the seed is stored; in RoundTrain all roles are drawn as well. */
const pinSeed = ({ state, members, witnesses }: Load): number =>
  state === 'Warmup' ? 2_650 : 3_810 + 108 * witnesses + 155 * members;

/** Emptying the list, which a change of the run's terms does. */
const emptying = ({ members }: Load): number => 130 + 6 * members;

/** Of the coordinator. */
export const COORDINATOR_UNITS = {
  /** @param misses of the instance's and the manifest's addresses. */
  createRun: (misses: number) => atMost(14_650) + finding(misses),
  writeManifest: (load: Load) => atMost(2_040 + emptying(load)),
  /** @param bytes hashed. */
  sealManifest: (bytes: number) => atMost(2_350 + bytes / 2),
  updateConfig: (load: Load) => atMost(1_910 + emptying(load)),
  updateClientVersion: (load: Load) => atMost(2_180 + emptying(load)),
  setJoinAuthority: (load: Load) => atMost(1_700 + emptying(load)),
  resume: () => atMost(2_120),
  pause: () => atMost(2_120),
  finish: () => atMost(2_170),
  closeRun: () => atMost(2_590),
  /** @param misses of the member's address. @param joined the node's account is there; its deposit may still be missing. */
  joinRun: ({ members, pending }: Load, misses: number, joined: boolean, authorized: boolean) =>
    atMost((joined ? 9_010 : 11_370) + 18 * members + 6 * pending + (authorized ? 2_200 : 0)) + finding(misses),
  leaveRun: ({ members, pending }: Load) => atMost(3_300 + 12 * members + 6 * pending),
  closeMember: ({ members, pending }: Load) => atMost(3_560 + 12 * members + 6 * pending),
  tick: (load: Load) => atMost(tick(load)),
  pinSeed: (load: Load) => atMost(pinSeed(load)),
  warmupWitness: ({ members }: Load) => atMost(1_800 + 6 * members),
  /** @param evals @param sample numbers of them in the metrics. A vote may make, or undo, the decision of all that voted before. */
  witness: ({ witnesses }: Load, evals: number, sample: number) => atMost(3_160 + 84 * witnesses + 130 * evals + 42 * sample),
  healthCheck: ({ witnesses }: Load) => atMost(1_690 + 9 * witnesses),
  /** A vote may be the one that decides, after everybody else's. */
  cooldownWitness: ({ members, epochHashAgreed }: Load) => atMost(epochHashAgreed ? 1_950 + 7 * members : 2_320 + 59 * members),
  checkpoint: () => atMost(2_500),
  /** @param count members settled. @param forfeits how many of them may lose their deposit. */
  settle: ({ members, pending }: Load, count: number, forfeits: number) =>
    atMost(1_400 + 2_180 * count + (100 + 6 * members + 6 * pending) * forfeits),
  /** In Cooldown the epoch's votes are counted anew. */
  convict: ({ members, pending, epochHashAgreed }: Load) => atMost(6_000 + (epochHashAgreed ? 6 : 105) * members + 6 * pending),
};

/** Of the treasurer. */
export const TREASURER_UNITS = {
  /** @param misses of the treasury's address. @param vault of the vault's, which is found by three in turn. */
  createTreasury: (mint: MintInfo, misses: number, vault: number) => byToken(mint, 33_800, 38_300) + finding(misses + 3 * vault),
  fund: (mint: MintInfo) => byToken(mint, 10_050, 13_340),
  setExchangeRate: (load: Load) => atMost(9_000 + emptying(load)),
  resumeRun: () => atMost(9_400),
  /** @param misses of the claim record's address. */
  claim: (mint: MintInfo, misses: number) => byToken(mint, 18_530, 21_820) + finding(misses),
  withdraw: (mint: MintInfo) => byToken(mint, 10_540, 13_840),
  closeTreasury: (mint: MintInfo) => byToken(mint, 7_720, 9_000),
  /** @param misses of the treasury's address. */
  closeClaimRecord: (misses: number) => atMost(5_710) + finding(misses),
};

/** Of the authorizer. */
export const AUTHORIZER_UNITS = {
  /** @param misses of the authorization's address. */
  createAuthorization: (misses: number) => atMost(7_220) + finding(misses),
  /** The account may have 16 delegates. */
  setActive: () => atMost(4_700),
  /** @param count of delegates named: each is compared with all before it. */
  setDelegates: (count: number) => atMost(5_520 + 290 * count + 7 * count * count),
  closeAuthorization: () => atMost(4_720),
};

/** Of the token programs. */
export const TOKEN_UNITS = {
  /** Making an associated token account. @param misses of its address. */
  createAccount: (mint: MintInfo, misses: number) => byToken(mint, 13_450, 17_560) + finding(misses),
  /** Token-2022's, of one account. */
  harvestFees: () => atMost(3_500),
};
