import type { Idl } from '@coral-xyz/anchor';
import { coordinatorIdl } from '../../../client/src/chain/idl.js';
import { type Layout, layoutOf } from '../../../client/src/chain/layout.js';

/**
 * A Run account read byte by byte, quickly: keys stay bytes (as hex), and of its lists only what counts is read. It
 * knows nothing of what the client makes of a run.
 */
export interface RunBytes {
  /** Every field of one number, by its name on chain in camel case. */
  n: Record<string, bigint>;
  config: Record<string, bigint>;
  state: number;
  authority: string;
  treasury: string;
  joinAuthority: string;
  manifestHash: string;
  epochHash: string;
  runId: string;
  /** What commitments name for the run. */
  origin: string;
  clientVersion: string;
  owedTotal: bigint;
  members: MemberEntry[];
  pending: { key: string; capacity: number }[];
  trainerOrder: number[];
  witnesses: number[];
  checkpointers: number[];
  /** All 32 places. */
  votes: VoteEntry[];
  /** All 4 places. */
  rounds: RoundEntry[];
}

export interface MemberEntry {
  key: string;
  points: bigint;
  capacity: number;
  state: number;
  cooldownVoted: number;
  cooldownHash: string;
  settled: number;
  forfeited: number;
  rejoined: number;
}

export interface VoteEntry {
  voted: number;
  bitmap: string;
  root: string;
}

export interface RoundEntry {
  epoch: number;
  round: number;
  step: number;
  status: number;
  seedPinned: number;
  closedAtDeadline: number;
  witnessCount: number;
  votedMask: number;
  batchSize: number;
  bitmap: string;
  root: string;
  seed: string;
  trainers: string;
  witnessesElected: string;
}

/** The protocol's numbers of states. */
export const STATE = {
  Uninitialized: 0, WaitingForMembers: 1, Warmup: 2, RoundTrain: 3, RoundWitness: 4, Cooldown: 5, Finished: 6, Paused: 7,
} as const;
export const STATE_NAMES = Object.keys(STATE);
export const MEMBER = { JOINED: 0, HEALTHY: 1, DROPPED: 2, CONVICTED: 3 } as const;
export const ROUND = { EMPTY: 0, OPEN: 1, DECIDED: 2, UNDECIDED: 3 } as const;

const RUN = layoutOf(coordinatorIdl as unknown as Idl, 'Run');
const DISCRIMINATOR = 8;
/** Bytes of a Run account. */
export const RUN_BYTES = DISCRIMINATOR + RUN.size;
export const NO_KEY = '00'.repeat(32);

type Field = { offset: number; layout: Layout };
const field = (layout: Layout, name: string): Field => {
  const found = layout.fields?.get(name);
  if (!found) throw new Error(`the interface description has no field "${name}"`);
  return found;
};
const CONFIG = field(RUN, 'config');
const isNumber = ({ layout }: Field): boolean => !layout.fields && !layout.item && [1, 2, 4, 8].includes(layout.size);
const numbersOf = (layout: Layout): [string, Field][] =>
  [...layout.fields!].filter(([name, f]) => isNumber(f) && !/^(reserved|checkpointers$)/.test(name));
const NUMBERS = numbersOf(RUN);
const CONFIG_NUMBERS = numbersOf(CONFIG.layout);

/** Reads a Run account. */
export function readRun(data: Buffer): RunBytes {
  const at = (f: Field): number => DISCRIMINATOR + f.offset;
  const n = numbers(data, DISCRIMINATOR, NUMBERS);
  const some = (name: string, count: bigint): number[] =>
    [...data.subarray(at(field(RUN, name)), at(field(RUN, name)) + Math.min(Number(count), 256))];
  const owed = at(field(RUN, 'owedTotal'));
  const key = (name: string): string => hex(data, at(field(RUN, name)), 32);
  return {
    n,
    config: numbers(data, at(CONFIG), CONFIG_NUMBERS),
    state: Number(n.state),
    authority: key('authority'),
    treasury: key('treasury'),
    joinAuthority: key('joinAuthority'),
    manifestHash: key('manifestHash'),
    epochHash: key('epochHash'),
    runId: key('runId'),
    origin: key('origin'),
    clientVersion: Buffer.from(key('clientVersion'), 'hex').toString('latin1').replace(/\0+$/, ''),
    owedTotal: data.readBigUInt64LE(owed) | (data.readBigUInt64LE(owed + 8) << 64n),
    members: list<MemberEntry>(data, 'members', Number(n.membersLen)),
    pending: list(data, 'pending', Number(n.pendingLen)),
    trainerOrder: some('trainerOrder', n.trainerCount),
    witnesses: some('witnesses', n.witnessCount),
    checkpointers: some('checkpointers', n.checkpointerCount),
    votes: list<VoteEntry>(data, 'votes', 32),
    rounds: list<RoundEntry>(data, 'rounds', 4),
  };
}

function numbers(data: Buffer, base: number, fields: readonly [string, Field][]): Record<string, bigint> {
  const found: Record<string, bigint> = {};
  for (const [name, f] of fields) found[name] = number(data, base + f.offset, f.layout.size);
  return found;
}

function number(data: Buffer, at: number, size: number): bigint {
  return size === 8 ? data.readBigUInt64LE(at) : BigInt(data.readUIntLE(at, size));
}

/** The first items of an array of structs: bytes as hex, u64 as bigint, what is smaller as number. */
function list<T>(data: Buffer, name: string, count: number): T[] {
  const { offset, layout } = field(RUN, name);
  const item = layout.item!;
  return Array.from({ length: Math.min(count, layout.size / item.size) }, (_, i) => {
    const base = DISCRIMINATOR + offset + i * item.size;
    const value: Record<string, unknown> = {};
    for (const [of, f] of item.fields!) {
      const at = base + f.offset;
      if (f.layout.size === 8) value[of] = data.readBigUInt64LE(at);
      else if (f.layout.size <= 4) value[of] = data.readUIntLE(at, f.layout.size);
      else value[of] = hex(data, at, f.layout.size);
    }
    return value as T;
  });
}

const hex = (data: Buffer, at: number, length: number): string => data.toString('hex', at, at + length);

/** Where a field lies in a Run account, or one of an item of its arrays. */
export function placeInRun(name: string, index?: number, of?: string): { at: number; size: number } {
  const { offset, layout } = field(RUN, name);
  if (index === undefined || of === undefined) return { at: DISCRIMINATOR + offset, size: layout.size };
  const inner = field(layout.item!, of);
  return { at: DISCRIMINATOR + offset + index * layout.item!.size + inner.offset, size: inner.layout.size };
}

/** Whether a bitmap, as hex, has a member. */
export const inBitmap = (bitmap: string, index: number): boolean =>
  (parseInt(bitmap.slice((index >> 3) * 2, (index >> 3) * 2 + 2), 16) & (1 << (index & 7))) !== 0;

/** The members in a bitmap, as hex. */
export const bits = (bitmap: string): number[] => Array.from({ length: 256 }, (_, i) => i).filter((i) => inBitmap(bitmap, i));
