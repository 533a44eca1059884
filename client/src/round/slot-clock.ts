/**
 * What slot it is, from the newest slot heard of and the time since. A chain that halts stops being heard; the
 * estimate then runs on for a moment only, since a tick sent early costs nothing (preflight refuses it).
 */
export class SlotClock {
  private slot = 0;
  private heardAt = 0;

  /** @param slotMs milliseconds a slot lasts, from the run's config */
  constructor(
    private slotMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  setSlotMs(slotMs: number): void {
    this.slotMs = slotMs;
  }

  /** Takes a slot number seen on the chain; a smaller one than before only when nobody has brought a greater one for long. */
  observe(slot: number): void {
    const now = this.now();
    const silent = now - this.heardAt > BELIEVE_OLDER_MS;
    if (slot > this.slot || (slot < this.slot && silent)) {
      this.slot = slot;
      this.heardAt = now;
    }
  }

  /** The current slot, at most {@link MAX_AHEAD} beyond the last one heard of. */
  current(): number {
    return this.slot + Math.min(MAX_AHEAD, Math.floor((this.now() - this.heardAt) / this.slotMs));
  }
}

/** Slots the clock runs on by itself between two signs of life. */
const MAX_AHEAD = 5;
/** A node named a slot that is not there yet, or the cluster went back to a snapshot: milliseconds until that is believed. */
const BELIEVE_OLDER_MS = 30_000;
