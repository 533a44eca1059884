import { rm } from 'node:fs/promises';
import { ByteReader, ByteWriter, concatBytes } from '../protocol/bytes.js';
import { MAX_MEMBERS } from '../protocol/commitment.js';
import { writeAtomic } from './atomic.js';
import { FrameLog, frameOf } from './frame-log.js';

/** An epoch's parameters at a moment that everyone agreed on: its start, or what a quorum voted for since. */
export interface EpochBase {
  epoch: number;
  /** Tells the epoch from one of the same number whose Warmup failed. */
  startSlot: bigint;
  /** θ after the list of this round; −1: at the epoch's start. */
  round: number;
  /** Its hash. */
  root: Uint8Array;
}

/** One accepted contribution. */
export interface AppliedEntry {
  index: number;
  capacity: number;
  commitmentHash: Uint8Array;
  payloadHash: Uint8Array;
  /** Bytes. */
  payloadSize: number;
}

/** What one round did to the parameters. */
export interface AppliedRound {
  round: number;
  step: number;
  /** In order of index; of an undecided round none. */
  entries: AppliedEntry[];
  /** Of θ after it, where this member computed it. */
  hash?: Uint8Array;
}

const VERSION = 1;
const BASE_BYTES = 1 + 4 + 8 + 4 + 32;
const ROUND_BYTES = 4 + 4 + 2 + 1;
const ENTRY_BYTES = 2 + 2 + 32 + 32 + 4;

/** Some 20,000 rounds of 256 members: longer epochs are not kept to their end. */
const MAX_JOURNAL_BYTES = 400e6;

/**
 * What an epoch's parameters are made of, on disk: a base, and which payloads each round since applied. With the
 * payloads themselves ({@link PayloadStore}) a replay needs neither the chain, which keeps four rounds, nor a peer.
 */
export class EpochJournal {
  private log: FrameLog | undefined;

  constructor(private readonly path: string) {}

  /**
   * What is on disk, ready to be added to; undefined if there is nothing whole. Rounds follow one another without a gap,
   * from the one after the base.
   */
  async load(): Promise<{ base: EpochBase; rounds: AppliedRound[] } | undefined> {
    await this.close();
    const { log, frames } = await FrameLog.open(this.path, MAX_JOURNAL_BYTES);
    const found = decodeJournal(frames);
    if (found === undefined || found.rounds.length + 1 < frames.length) {
      await log.close();
      // What cannot be read must not stand before what is added.
      if (found !== undefined) this.write(found.base, found.rounds);
      else await rm(this.path, { force: true });
      if (found === undefined) return undefined;
      this.log = (await FrameLog.open(this.path, MAX_JOURNAL_BYTES)).log;
    } else {
      this.log = log;
    }
    return found;
  }

  /** Begins anew; the file changes from the old content to the new one in one moment. */
  async begin(base: EpochBase, rounds: readonly AppliedRound[] = []): Promise<void> {
    await this.close();
    this.write(base, rounds);
    this.log = (await FrameLog.open(this.path, MAX_JOURNAL_BYTES)).log;
  }

  /** @returns false where the journal is full or was never begun. */
  async append(round: AppliedRound): Promise<boolean> {
    const frame = encodeRound(round);
    if (this.log === undefined || this.log.bytes + frame.length > MAX_JOURNAL_BYTES) return false;
    await this.log.append(frame);
    return true;
  }

  async close(): Promise<void> {
    const { log } = this;
    this.log = undefined;
    await log?.close();
  }

  private write(base: EpochBase, rounds: readonly AppliedRound[]): void {
    writeAtomic(this.path, frameOf(encodeBase(base)), ...rounds.map((r) => frameOf(encodeRound(r))));
  }
}

/** Total: of records that fit nothing, or not one another, those before them count. */
function decodeJournal(frames: readonly Uint8Array[]): { base: EpochBase; rounds: AppliedRound[] } | undefined {
  const base = frames.length === 0 ? undefined : attempt(() => decodeBase(frames[0]));
  if (base === undefined) return undefined;
  const rounds: AppliedRound[] = [];
  for (const frame of frames.slice(1)) {
    const round = attempt(() => decodeRound(frame));
    if (round?.round !== base.round + 1 + rounds.length) break;
    rounds.push(round);
  }
  return { base, rounds };
}

function encodeBase({ epoch, startSlot, round, root }: EpochBase): Uint8Array {
  return new ByteWriter(BASE_BYTES).u8(VERSION).u32(epoch).u64(startSlot).u32(round + 1).raw(root, 32).finish();
}

function decodeBase(bytes: Uint8Array): EpochBase | undefined {
  const reader = new ByteReader(bytes, 'journal');
  if (reader.u8() !== VERSION) return undefined;
  const base = { epoch: reader.u32(), startSlot: reader.u64(), round: reader.u32() - 1, root: reader.raw(32) };
  reader.end();
  return base;
}

function encodeRound({ round, step, entries, hash }: AppliedRound): Uint8Array {
  const head = new ByteWriter(ROUND_BYTES).u32(round).u32(step).u16(entries.length).u8(hash === undefined ? 0 : 1).finish();
  const body = entries.map((e) => new ByteWriter(ENTRY_BYTES).u16(e.index).u16(e.capacity).raw(e.commitmentHash, 32).raw(e.payloadHash, 32).u32(e.payloadSize).finish());
  return concatBytes(head, ...(hash === undefined ? [] : [hash]), ...body);
}

function decodeRound(bytes: Uint8Array): AppliedRound | undefined {
  const reader = new ByteReader(bytes, 'journal');
  const [round, step, count, hashed] = [reader.u32(), reader.u32(), reader.u16(), reader.u8()];
  if (count > MAX_MEMBERS || hashed > 1) return undefined;
  const hash = hashed === 1 ? reader.raw(32) : undefined;
  const entries = Array.from({ length: count }, () => ({
    index: reader.u16(), capacity: reader.u16(), commitmentHash: reader.raw(32), payloadHash: reader.raw(32), payloadSize: reader.u32(),
  }));
  reader.end();
  return { round, step, entries, ...(hash === undefined ? {} : { hash }) };
}

function attempt<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
