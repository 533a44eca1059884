import { createHash } from 'node:crypto';
import { Blockhashes } from './blockhashes.js';
import { hashText, MAX_SLOT_HASHES } from './sysvars.js';

/** How long blocks and their times are remembered, in slots: half an hour and more than any transaction waits. */
const TIMES_KEPT = 4_500;

/** What a finished slot left behind; enough to go on from after a restart. */
export interface FinishedSlot {
  readonly slot: number;
  readonly hash: Uint8Array;
  readonly blockhash: Uint8Array;
  /** Unix seconds at which it began. */
  readonly time: number;
}

/** What a finished slot's block says of itself. */
export interface Block {
  readonly blockhash: string;
  readonly previous: string;
  /** Unix seconds. */
  readonly time: number;
}

const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The chain of slots: their hashes, the blockhashes transactions may name, and when each began. */
export class Slots {
  blockhashes = new Blockhashes();
  /** Newest first, as in the SlotHashes sysvar. */
  #recent: FinishedSlot[] = [];
  readonly #times = new Map<number, number>();
  readonly #blocks = new Map<number, Block>();
  #parent: Uint8Array;
  #digest = createHash('sha256');

  constructor(readonly genesisHash: Uint8Array) {
    this.#parent = genesisHash;
  }

  /** Mixes a transaction into the hash of the running slot. */
  include(signature: string): void {
    this.#digest.update(signature);
  }

  begin(slot: number, time: number): void {
    this.#times.set(slot, time);
    const [oldest] = this.#times.keys();
    if (this.#times.size > TIMES_KEPT) this.#times.delete(oldest);
  }

  /**
   * Ends a slot: its hash is bound to its parent's, its transactions and `entropy`, so that nobody who only reads the
   * chain knows it before.
   */
  finish(slot: number, entropy: Uint8Array): FinishedSlot {
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(BigInt(slot));
    const hash = sha256('slot', this.#parent, number, this.#digest.digest(), entropy);
    const finished = { slot, hash, blockhash: sha256('blockhash', hash), time: this.#times.get(slot) ?? 0 };
    this.#digest = createHash('sha256');
    this.#push(finished);
    return finished;
  }

  /** Goes on from slots that were finished before a restart; oldest first. */
  restore(finished: readonly FinishedSlot[]): void {
    this.blockhashes = new Blockhashes();
    this.#recent = [];
    for (const slot of finished) {
      this.#push(slot);
      this.begin(slot.slot, slot.time);
    }
  }

  #push(finished: FinishedSlot): void {
    this.#parent = finished.hash;
    const previous = this.blockhashes.latest || hashText(this.genesisHash);
    this.#blocks.set(finished.slot, { blockhash: hashText(finished.blockhash), previous, time: finished.time });
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > TIMES_KEPT) this.#blocks.delete(oldest);
    this.blockhashes.push(finished.slot, hashText(finished.blockhash));
    this.#recent.unshift(finished);
    if (this.#recent.length > MAX_SLOT_HASHES) this.#recent.pop();
  }

  /** The last 512 slots at most, newest first. */
  get recent(): readonly FinishedSlot[] {
    return this.#recent;
  }

  /** A finished slot's block, or `undefined` for a slot too old, skipped or not finished. */
  block(slot: number): Block | undefined {
    return this.#blocks.get(slot);
  }

  /** Unix seconds, or `undefined` for a slot too old or not begun. */
  timeOf(slot: number): number | undefined {
    return this.#times.get(slot);
  }
}
