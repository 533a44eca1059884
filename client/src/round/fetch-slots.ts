/** Payloads fetched at a time, and bytes of them; one is always fetched, however large. */
const AT_ONCE = 16;
const BYTES_AT_ONCE = 256 * 1024 * 1024;

/** Of one trainer, and of those that could not be had before: neither may keep the others' from being fetched. */
const PER_TRAINER = 2;
const AGAIN_AT_ONCE = AT_ONCE / 4;

const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 8_000;

/** Failures that are remembered; the oldest is forgotten first. */
const MAX_FAILURES = 1024;

/** A payload to be fetched. */
export interface Wanted {
  /** Of its commitment. */
  id: string;
  /** Its trainer's member index. */
  index: number;
  /** Bytes, as announced. */
  size: number;
}

/**
 * Which payloads are fetched now. Whoever announces one that cannot be had must not take the room of those that can: what
 * has failed rests, longer each time, comes after what was never tried, and has few places.
 */
export class FetchSlots {
  private readonly busy = new Map<string, { wanted: Wanted; again: boolean }>();
  private readonly failures = new Map<string, { count: number; notBefore: number }>();

  /** @param now milliseconds of a clock that never goes back. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Those of `wanted` to begin with now; each holds its place until {@link done}. */
  take<W extends Wanted>(wanted: readonly W[]): W[] {
    const now = this.now();
    const due = wanted.filter(({ id }) => !this.busy.has(id) && (this.failures.get(id)?.notBefore ?? 0) <= now);
    const taken: W[] = [];
    for (const one of due.sort((a, b) => this.failed(a.id) - this.failed(b.id))) {
      const again = this.failed(one.id) > 0;
      if (!this.hasRoom(one, again)) continue;
      this.busy.set(one.id, { wanted: one, again });
      taken.push(one);
    }
    return taken;
  }

  /** How often a payload could not be had. */
  failed(id: string): number {
    return this.failures.get(id)?.count ?? 0;
  }

  done(id: string, ok: boolean): void {
    this.busy.delete(id);
    const count = this.failed(id) + 1;
    this.failures.delete(id);
    if (ok) return;
    this.failures.set(id, { count, notBefore: this.now() + Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (count - 1)) });
    if (this.failures.size > MAX_FAILURES) this.failures.delete(this.failures.keys().next().value!);
  }

  private hasRoom({ index, size }: Wanted, again: boolean): boolean {
    const busy = [...this.busy.values()];
    if (busy.length === 0) return true;
    if (busy.length >= AT_ONCE || busy.filter(({ wanted }) => wanted.index === index).length >= PER_TRAINER) return false;
    if (again && busy.filter((b) => b.again).length >= AGAIN_AT_ONCE) return false;
    return busy.reduce((sum, { wanted }) => sum + wanted.size, size) <= BYTES_AT_ONCE;
  }
}
