/** A transaction may name a blockhash of the last 150 blocks. */
export const MAX_PROCESSING_AGE = 150;

interface Entry {
  readonly slot: number;
  /** The messages that came with this blockhash: each may land once. */
  readonly seen: Set<string>;
}

/** The recent blockhashes, and what was sent with each: a duplicate need only be known as long as its blockhash lives. */
export class Blockhashes {
  readonly #entries = new Map<string, Entry>();
  #latest = '';
  #latestSlot = -1;

  /** Registers the hash of a finished slot and forgets those too old to be used in the slot that follows. */
  push(slot: number, hash: string): void {
    this.#entries.set(hash, { slot, seen: new Set() });
    this.#latest = hash;
    this.#latestSlot = slot;
    for (const [old, entry] of this.#entries) {
      if (entry.slot >= slot - MAX_PROCESSING_AGE) break;
      this.#entries.delete(old);
    }
  }

  get latest(): string {
    return this.#latest;
  }

  /** The slot that the newest hash ended. */
  get latestSlot(): number {
    return this.#latestSlot;
  }

  /** The slot that a hash ended, or `undefined` if it is unknown or expired. */
  slotOf(hash: string): number | undefined {
    return this.#entries.get(hash)?.slot;
  }

  /** The newest hash of a slot not after `slot`. */
  asOf(slot: number): { hash: string; slot: number } {
    let found = { hash: this.#latest, slot: this.#latestSlot };
    for (const [hash, entry] of this.#entries) {
      if (entry.slot > slot) break;
      found = { hash, slot: entry.slot };
    }
    return found;
  }

  isDuplicate(hash: string, message: string): boolean {
    return this.#entries.get(hash)?.seen.has(message) ?? false;
  }

  remember(hash: string, message: string): void {
    this.#entries.get(hash)?.seen.add(message);
  }

  /** Oldest first. */
  list(): { hash: string; slot: number }[] {
    return [...this.#entries].map(([hash, { slot }]) => ({ hash, slot }));
  }
}
