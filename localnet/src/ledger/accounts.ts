import { type AccountChange, type AccountState, sameAccount } from './account.js';

/**
 * Every account there is, found by address and by owner, as of any slot since `retain` slots ago: a chain shows its
 * *confirmed* and *finalized* state, which lag behind the slot that is being filled.
 */
export class Accounts {
  readonly #latest = new Map<string, AccountState>();
  readonly #byOwner = new Map<string, Set<string>>();
  /** What each slot changed, as it was before that slot. */
  readonly #undo = new Map<number, Map<string, AccountState | null>>();

  /** @param retain how many finished slots `at` can look back */
  constructor(readonly retain: number) {}

  /** The state of an account now, or `null` if there is none. */
  get(address: string): AccountState | null {
    return this.#latest.get(address) ?? null;
  }

  /** The state of an account at the end of `slot`. */
  at(address: string, slot: number, current: number): AccountState | null {
    for (let s = slot + 1; s <= current; s++) {
      const before = this.#undo.get(s)?.get(address);
      if (before !== undefined) return before;
    }
    return this.get(address);
  }

  /** Writes an account in `slot`; `null` removes it. Gives the change, or `null` if there is none. */
  set(address: string, after: AccountState | null, slot: number): AccountChange | null {
    const before = this.get(address);
    if (sameAccount(before, after)) return null;
    let undo = this.#undo.get(slot);
    if (!undo) this.#undo.set(slot, (undo = new Map()));
    if (!undo.has(address)) undo.set(address, before);
    if (before && before.owner !== after?.owner) this.#disown(before.owner, address);
    if (after) {
      this.#latest.set(address, after);
      let owned = this.#byOwner.get(after.owner);
      if (!owned) this.#byOwner.set(after.owner, (owned = new Set()));
      owned.add(address);
    } else {
      this.#latest.delete(address);
    }
    return { address, before, after };
  }

  /** The accounts of a program at the end of `slot`. */
  *ownedBy(owner: string, slot: number, current: number): Generator<[string, AccountState]> {
    const candidates = new Set(this.#byOwner.get(owner));
    for (let s = slot + 1; s <= current; s++) {
      for (const [address, before] of this.#undo.get(s) ?? []) if (before?.owner === owner) candidates.add(address);
    }
    for (const address of candidates) {
      const account = this.at(address, slot, current);
      if (account?.owner === owner) yield [address, account];
    }
  }

  /** The addresses that `slot` changed. */
  changedIn(slot: number): IterableIterator<string> {
    return (this.#undo.get(slot) ?? new Map<string, never>()).keys();
  }

  /** Forgets how things were before slots that nobody can look back to any more. */
  prune(current: number): void {
    for (const slot of this.#undo.keys()) {
      if (slot > current - this.retain) break;
      this.#undo.delete(slot);
    }
  }

  /** Forgets all that was before: every slot then looks as things are now. */
  forgetPast(): void {
    this.#undo.clear();
  }

  entries(): IterableIterator<[string, AccountState]> {
    return this.#latest.entries();
  }

  get size(): number {
    return this.#latest.size;
  }

  #disown(owner: string, address: string): void {
    const owned = this.#byOwner.get(owner);
    owned?.delete(address);
    if (owned?.size === 0) this.#byOwner.delete(owner);
  }
}
