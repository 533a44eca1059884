import type { CoordinatorClient } from '../chain/index.js';
import type { P2pNode } from '../p2p/index.js';
import { findMember, findRound, inEpoch, type RunMember, type RunRound, type RunView } from '../protocol/run-view.js';
import type { StateDir } from '../store/state-dir.js';
import type { Figure, RunManifest, Task, Tokenizer, TrainingData, TrainingEngine } from '../training/index.js';
import { RoundBook } from './book.js';
import type { CheckpointKeeping } from './checkpointing.js';
import type { EventSink } from './events.js';
import type { Evidence } from './evidence.js';
import type { SlotClock } from './slot-clock.js';

/** Who this participant is. */
export interface Identity {
  /** Solana's 64 bytes: seed ‖ public key. */
  secretKey: Uint8Array;
  publicKey: Uint8Array;
  /** The public key in base58. */
  address: string;
}

/** What the engine's parameters are, in the protocol's words. */
export interface ModelState {
  /** The epoch whose start was loaded; `undefined` before the first. */
  epoch: number | undefined;
  /** Every decided list up to this round is in the parameters; −1 at the epoch's start. θ of that round. */
  appliedThrough: number;
  /** Newest round this participant has finished with as a trainer, whether it announced or sat it out. */
  trainedThrough: number;
  /** Merkle root of the parameters the epoch started from. */
  startRoot: Uint8Array;
  /** False once the lists could not be followed: the participant then waits for the next epoch. */
  inSync: boolean;
}

/** What rounds need of an engine: a {@link TrainingEngine}, or what measures the rounds without training. */
export type RoundEngine = Pick<TrainingEngine, keyof TrainingEngine>;

/** What all duties share. Each changes only what is its own; the run's state comes from the chain alone. */
export interface Context {
  readonly identity: Identity;
  /** Coordinator program id and the run's origin, 32 bytes each. */
  readonly program: Uint8Array;
  readonly runKey: Uint8Array;
  readonly chain: CoordinatorClient;
  readonly p2p: P2pNode;
  readonly engine: RoundEngine;
  readonly data: TrainingData;
  readonly tokenizer: Tokenizer;
  /** Multiple-choice tasks that each evaluation answers. */
  readonly tasks: readonly Task[];
  readonly manifest: RunManifest;
  /** sha256 of the manifest that this process works by. */
  readonly manifestHash: Uint8Array;
  readonly store: StateDir;
  /** Where this member puts checkpoints for others, if it was told to. */
  readonly checkpoints?: CheckpointKeeping;
  readonly clock: SlotClock;
  readonly emit: EventSink;
  readonly books: Books;
  readonly evidence: Evidence;
  readonly model: ModelState;
  readonly tally: Tally;
  /** The newest state of the run. */
  view: RunView;
  /** Asks for another look at what is due, e.g. when a payload has arrived. */
  wake(): void;
}

/** Figures of this participant for its vote's metrics and its summary. */
export interface Tally {
  lastLoss: number;
  lastTokensPerSecond: number;
  roundsTrained: number;
  roundsMissed: number;
  heldOutLoss: number;
  /** What the last evaluation found and no vote has told yet. */
  figures: readonly Figure[];
  /** Points settled to this node's account, lifetime. */
  settledPoints: bigint;
  checkpoint: string;
  modelHash: string;
  /** What the parameters hashed to at the end of the last epoch that this participant followed. */
  epochEnd: { epoch: number; hash: Uint8Array } | undefined;
}

/** The round books of the epoch, made when first needed. */
export class Books {
  private readonly books = new Map<string, RoundBook>();

  of(epoch: number, round: number): RoundBook {
    const key = `${epoch}/${round}`;
    let book = this.books.get(key);
    if (book === undefined) this.books.set(key, (book = new RoundBook(epoch, round)));
    return book;
  }

  peek(epoch: number, round: number): RoundBook | undefined {
    return this.books.get(`${epoch}/${round}`);
  }

  /**
   * Lets go of payloads of an epoch's rounds through `round`, the oldest first, until all that are held take no more than
   * `budget` bytes. @returns their hashes
   */
  release(epoch: number, round: number, budget: number): Uint8Array[] {
    const gone: Uint8Array[] = [];
    const held = [...this.books.values()].filter((book) => book.epoch === epoch && book.payloadBytes > 0).sort((a, b) => a.round - b.round);
    let bytes = held.reduce((sum, book) => sum + book.payloadBytes, 0);
    for (const book of held) {
      if (bytes <= budget || book.round > round) break;
      bytes -= book.payloadBytes;
      gone.push(...book.releasePayloads());
    }
    return gone;
  }

  /** Forgets the rounds of one epoch; @returns the hashes of the payloads that were held of them. */
  clear(epoch: number): Uint8Array[] {
    return this.drop((book) => book.epoch === epoch);
  }

  /**
   * Forgets an epoch's rounds before `round` that are on disk, as those before `written` are, or of which no payload is held.
   * @returns as {@link clear}.
   */
  forget(epoch: number, round: number, written: number): Uint8Array[] {
    return this.drop((book) => book.epoch === epoch && book.round < round && (book.round < written || book.payloadBytes === 0));
  }

  /** Forgets rounds before `epoch`; @returns as {@link clear}. */
  prune(epoch: number): Uint8Array[] {
    return this.drop((book) => book.epoch < epoch);
  }

  private drop(isOver: (book: RoundBook) => boolean): Uint8Array[] {
    const gone: Uint8Array[] = [];
    for (const [key, book] of this.books) {
      if (!isOver(book)) continue;
      this.books.delete(key);
      // What is still on its way to it finds no place any more.
      gone.push(...book.releasePayloads());
    }
    return gone;
  }
}

/** What of it tells whose turn it is. */
export type Place = Pick<Context, 'identity' | 'view'>;

/** This participant's place in the epoch under way; `undefined` if it is not in it. */
export function myself(context: Place): RunMember | undefined {
  if (!inEpoch(context.view)) return undefined;
  return findMember(context.view, context.identity.address);
}

/** The chain's record of a round of the current epoch, while it is among the last four. */
export function roundRecord(view: RunView, round: number): RunRound | undefined {
  return findRound(view, view.epoch, round);
}

/**
 * How long this participant holds back where one transaction of anybody's is enough, in slots: its place in the
 * round's seed order (protocol 2). Those outside the epoch come last.
 */
export function patience(context: Place): number {
  const { view } = context;
  const me = myself(context);
  if (me !== undefined) {
    const place = view.trainers.indexOf(me.index);
    // Before the seed is there, turns go round, so that the fees do not always fall on the same.
    return place >= 0 ? place : (me.index + view.round) % view.members.length;
  }
  const pending = view.pending.findIndex((p) => p.key === context.identity.address);
  const behind = inEpoch(view) ? view.members.length : 0;
  return behind + (pending >= 0 ? pending : view.pending.length);
}

