import { ANNOUNCEMENT_BYTES } from '../../client/src/protocol/commitment.js';
import { MAX_WITNESSES } from '../../client/src/protocol/roles.js';
import type { Bench } from './bench.js';
import { lineThrough } from './statistics.js';
import type { TapeSummary } from './tape.js';

/** Members that the figures are carried on to, from those that were measured. */
export const FURTHER = [64, 256, 512, 1024, 4096] as const;

/** Members that decide together about one range of the parameters, and ranges at most. */
export const COMMITTEE = MAX_WITNESSES;
export const MOST_RANGES = 64;

/** What a round asks of a home connection, where everybody fetches everybody's payload. */
export interface FlatRound {
  members: number;
  /** Bytes that each member fetches, and on average sends. */
  bytes: number;
  /** Sending them at the given rate. */
  upSeconds: number;
  /** Bytes that an RPC node sends each member, and all of them. */
  noticeBytes?: number;
  allNoticeBytes?: number;
}

export function flatRound(members: number, payloadBytes: number, upBitsPerSecond: number, crowd?: Bench['crowd'][number]): FlatRound {
  const bytes = (members - 1) * (payloadBytes + ANNOUNCEMENT_BYTES);
  // An account of twice as many members is twice as long, and comes in base64.
  const noticeBytes = crowd && (crowd.notices * crowd.accountBytes * members * 4) / (3 * 256);
  return { members, bytes, upSeconds: (8 * bytes) / upBitsPerSecond, ...(noticeBytes === undefined ? {} : { noticeBytes, allNoticeBytes: noticeBytes * members }) };
}

/** What a round asks, where a committee for each range of the parameters sums that range of all payloads, and all fetch the sums' signs. */
export interface RangedRound {
  members: number;
  ranges: number;
  /** Bytes that a member of a committee fetches of payloads; that every member fetches of outcomes. */
  partBytes: number;
  signBytes: number;
  /** Bytes that a member sends on average. */
  upBytes: number;
  upSeconds: number;
  /** Votes of all committees. */
  votes: number;
}

export function rangedRound(members: number, { payloadBytes, parameters }: Pick<TapeSummary, 'payloadBytes' | 'parameters'>, upBitsPerSecond: number): RangedRound {
  const ranges = Math.max(1, Math.min(MOST_RANGES, Math.floor(members / COMMITTEE)));
  const signBytes = parameters / 8;
  const partBytes = (members * payloadBytes) / ranges;
  const upBytes = (ranges * COMMITTEE * partBytes) / members + signBytes;
  return { members, ranges, partBytes, signBytes, upBytes, upSeconds: (8 * upBytes) / upBitsPerSecond, votes: ranges * COMMITTEE };
}

/** Members from which on all payloads together are longer than what they come to, one sign per parameter. */
export const longerThanOutcome = ({ payloadBytes, parameters }: Pick<TapeSummary, 'payloadBytes' | 'parameters'>): number => Math.ceil(parameters / 8 / payloadBytes);

/** What one more member costs every client in a round, by the straight lines through what was measured. */
export interface PerMember {
  /** Bytes received beyond payload and announcement. */
  overheadBytes: number;
  cpuMs: number;
  /** Bytes of memory. */
  memory: number;
}

/** Undefined where fewer than two numbers of clients were measured. */
export function perMember({ scale }: Pick<Bench, 'scale'>, size: 'small' | 'large' = 'small'): PerMember | undefined {
  const rows = scale.filter((row) => row.size === size && row.summary.perProcess === 1).map((row) => row.summary);
  if (rows.length < 2) return undefined;
  const slope = (of: (s: (typeof rows)[number]) => number): number => lineThrough(rows.map((s) => [s.clients, of(s)] as const)).slope;
  return { overheadBytes: slope((s) => s.peersDown - s.least), cpuMs: slope((s) => s.cpuMs), memory: slope((s) => s.rss) };
}
