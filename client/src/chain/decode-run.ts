import type { Idl } from '@coral-xyz/anchor';
import {
  MEMBER_STATES,
  type PendingMember,
  ROUND_STATUSES,
  RUN_STATES,
  type RunConfig,
  type RunMember,
  type RunRound,
  type RunView,
  type WitnessVote,
} from '../protocol/run-view.js';
import { ChainError } from './errors.js';
import { coordinatorIdl } from './idl.js';
import { type Layout, layoutOf } from './layout.js';

const DISCRIMINATOR = Buffer.from(coordinatorIdl.accounts.find((a) => a.name.toLowerCase() === 'run')?.discriminator ?? []);
const RUN = layoutOf(coordinatorIdl as unknown as Idl, 'Run');

/** Bytes of a Run account. */
export const RUN_SPACE = DISCRIMINATOR.length + RUN.size;

/** What is read of the account as it stands; the rest of a {@link RunView} is made of these. */
interface Raw {
  [name: string]: never;
}

/**
 * Decodes a Run account.
 *
 * @param address where it is, base58.
 * @throws ChainError `ACCOUNT_INVALID` when the bytes are no run of this program's version.
 */
export function decodeRun(address: string, data: Buffer): RunView {
  if (data.length < RUN_SPACE || !data.subarray(0, DISCRIMINATOR.length).equals(DISCRIMINATOR)) {
    throw new ChainError(
      'ACCOUNT_INVALID',
      `${address} is not a run of this client's coordinator program: check the address, and that client and program have one version.`,
    );
  }
  const view = new DataView(data.buffer, data.byteOffset + DISCRIMINATOR.length, RUN.size);
  const get = <T>(name: string): T => fieldOf(RUN, name).layout.read(view, fieldOf(RUN, name).offset) as T;
  const list = <T>(name: string, count: number): T[] => readSome(view, name, count) as T[];
  const count = (name: string, of: string): number => Math.min(get<number>(name), lengthOf(of));

  const witnesses = [...get<Uint8Array>('witnesses').subarray(0, count('witnessCount', 'votes'))];
  const checkpointLength = get<number>('checkpointLen');
  const treasury = get<string>('treasury');
  const joinAuthority = get<string>('joinAuthority');
  return {
    address,
    version: get('version'),
    state: RUN_STATES[get<number>('state')] ?? invalid(address, 'state'),
    pauseRequested: get<number>('pauseRequested') !== 0,
    runId: text(get<Uint8Array>('runId').subarray(0, get<number>('runIdLen'))),
    authority: get('authority'),
    origin: get('origin'),
    ...(treasury === NO_KEY ? {} : { treasury }),
    ...(joinAuthority === NO_KEY ? {} : { joinAuthority }),
    manifestHash: get('manifestHash'),
    clientVersion: text(get('clientVersion')),
    config: configOf(get<Raw>('config')),
    stateStartSlot: get('stateStartSlot'),
    epoch: get('epoch'),
    epochStartSlot: get('epochStartSlot'),
    round: get('round'),
    step: get('step'),
    undecidedInRow: get('undecidedInRow'),
    tokensProcessed: get('tokensProcessed'),
    dataPosition: get('dataPosition'),
    batchSize: get('batchSize'),
    minReachedSlot: get('minReachedSlot'),
    decided: get<number>('decided') !== 0,
    decidedSlot: get('decidedSlot'),
    epochHash: get('epochHash'),
    epochHashAgreed: get<number>('epochHashAgreed') !== 0,
    carry: get('carry'),
    pointsAwardedTotal: get('pointsAwardedTotal'),
    pointsEarnedTotal: get('pointsEarnedTotal'),
    pointsForfeited: get('pointsForfeited'),
    epochPoints: get('epochPoints'),
    depositsHeld: get('depositsHeld'),
    depositsForfeited: get('depositsForfeited'),
    memberAccounts: get('memberAccounts'),
    owedTotal: u128(get('owedTotal')),
    rate: { num: get('rateNum'), den: get('rateDen') },
    nextRate: { num: get('nextRateNum'), den: get('nextRateDen') },
    ...(checkpointLength === 0
      ? {}
      : { checkpoint: { location: text(get<Uint8Array>('checkpoint').subarray(0, checkpointLength)), hash: get('checkpointHash') } }),
    checkpointers: [...get<Uint8Array>('checkpointers').subarray(0, get<number>('checkpointerCount'))],
    trainers: [...get<Uint8Array>('trainerOrder').subarray(0, get<number>('trainerCount'))],
    witnesses,
    seedSlot: get('seedSlot'),
    seedPinned: get<number>('seedPinned') !== 0,
    votes: list<Raw>('votes', witnesses.length).map(voteOf),
    rounds: list<Raw>('rounds', lengthOf('rounds'))
      .map((r) => roundOf(address, r))
      .filter((r) => r.status !== 'Empty')
      .sort((a, b) => a.epoch - b.epoch || a.round - b.round),
    members: list<Raw>('members', count('membersLen', 'members')).map((m, index) => memberOf(address, m, index)),
    pending: list<PendingMember>('pending', count('pendingLen', 'pending')),
  };
}

const NO_KEY = '11111111111111111111111111111111';
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8').replace(/\0+$/, '');
const u128 = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
const isSet = (bytes: Uint8Array): boolean => bytes.some((b) => b !== 0);

/** Times in slots are 64 bits on chain, but never more than a year: as numbers they are easier to reckon with. */
function configOf({ reserved: _, ...config }: Raw): RunConfig {
  return Object.fromEntries(Object.entries(config).map(([k, v]) => [k, k.endsWith('Slots') ? Number(v) : v])) as unknown as RunConfig;
}

function voteOf(v: Raw): WitnessVote {
  const vote = { voted: v.voted !== 0, bitmap: v.bitmap, root: v.root };
  return v.parameterHashSet !== 0 ? { ...vote, parameterHash: v.parameterHash } : vote;
}

function roundOf(address: string, r: Raw): RunRound {
  const { epoch, round, step, seed, dataPosition, batchSize, bitmap, root, trainers } = r;
  const witnesses = [...(r.witnessesElected as Uint8Array).subarray(0, r.witnessCount)];
  return {
    epoch,
    round,
    step,
    status: ROUND_STATUSES[r.status] ?? invalid(address, 'rounds'),
    closedAtDeadline: r.closedAtDeadline !== 0,
    seedPinned: r.seedPinned !== 0,
    seed,
    dataPosition,
    batchSize,
    bitmap,
    root,
    ...(isSet(r.parameterHash) ? { parameterHash: r.parameterHash } : {}),
    trainers,
    witnesses,
    voted: witnesses.map((_, position) => ((r.votedMask >>> position) & 1) === 1),
  };
}

function memberOf(address: string, m: Raw, index: number): RunMember {
  const { key, points, cooldownHash, acceptedRounds, witnessedRounds, capacity } = m;
  return {
    index,
    key,
    points,
    cooldownHash,
    acceptedRounds,
    witnessedRounds,
    capacity,
    state: MEMBER_STATES[m.state] ?? invalid(address, 'members'),
    cooldownVoted: m.cooldownVoted !== 0,
    settled: m.settled !== 0,
    forfeited: m.forfeited !== 0,
  };
}

function fieldOf(layout: Layout, name: string): { offset: number; layout: Layout } {
  const field = layout.fields?.get(name);
  if (!field) throw new ChainError('ACCOUNT_INVALID', `idl/coordinator.json has no field "${name}" of a run: build the programs again.`);
  return field;
}

function lengthOf(name: string): number {
  const { layout } = fieldOf(RUN, name);
  return layout.item ? layout.size / layout.item.size : layout.size;
}

function readSome(view: DataView, name: string, count: number): unknown[] {
  const { offset, layout } = fieldOf(RUN, name);
  const item = layout.item as Layout;
  return Array.from({ length: Math.min(count, lengthOf(name)) }, (_, i) => item.read(view, offset + i * item.size));
}

function invalid(address: string, field: string): never {
  throw new ChainError('ACCOUNT_INVALID', `The run at ${address} has a ${field} this client does not know: upgrade psyche-client.`);
}
