/** Slots that are made up for at once after the process was held up; beyond that the chain has simply stood still. */
const MAX_CATCH_UP = 64;

/**
 * Calls `tick` for every slot that has passed. Slot n ends n slot lengths after the start by the monotonic clock, however
 * late the timer comes, so nothing drifts.
 */
export class SlotTimer {
  #timer: NodeJS.Timeout | undefined;
  #origin = 0;
  #ticks = 0;

  /** @param slotMs length of a slot in milliseconds */
  constructor(readonly slotMs: number, readonly tick: (slots: number) => void) {}

  start(): void {
    this.#origin = performance.now();
    this.#ticks = 0;
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    const due = this.#origin + (this.#ticks + 1) * this.slotMs;
    this.#timer = setTimeout(() => this.#fire(), Math.max(0, due - performance.now()));
  }

  #fire(): void {
    const passed = Math.floor((performance.now() - this.#origin) / this.slotMs) - this.#ticks;
    if (passed > MAX_CATCH_UP) {
      this.#origin = performance.now();
      this.#ticks = 0;
      this.tick(1);
    } else if (passed > 0) {
      this.#ticks += passed;
      this.tick(passed);
    }
    if (this.#timer) this.#schedule();
  }
}
