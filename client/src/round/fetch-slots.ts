/** Payloads fetched at a time, and bytes of them; one is always fetched, however large. */
const AT_ONCE = 16;
const BYTES_AT_ONCE = 256 * 1024 * 1024;

/** A fetch that takes longer leaves its place to another and goes on beside it: else eight members that stall hold all. */
const SLOW_MS = 3_000;
/** Bytes of all that are under way, slow ones too: what has begun to come is in memory. */
const BYTES_IN_ALL = 4 * BYTES_AT_ONCE;

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
  private readonly busy = new Map<string, { wanted: Wanted; again: boolean; since: number }>();
  private readonly failures = new Map<string, { count: number; notBefore: number }>();

  /** @param now milliseconds of a clock that never goes back. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Those of `wanted` to begin with now, best first; each holds its place until {@link done}, or for a while. */
  take<W extends Wanted>(wanted: readonly W[]): W[] {
    const now = this.now();
    const due = wanted.filter(({ id }) => !this.busy.has(id) && (this.failures.get(id)?.notBefore ?? 0) <= now);
    const taken: W[] = [];
    for (const one of due.sort((a, b) => this.failed(a.id) - this.failed(b.id))) {
      const again = this.failed(one.id) > 0;
      if (!this.hasRoom(one, again)) continue;
      this.busy.set(one.id, { wanted: one, again, since: now });
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
    if (busy.filter(({ wanted }) => wanted.index === index).length >= PER_TRAINER) return false;
    const slowFrom = this.now() - SLOW_MS;
    const brisk = busy.filter(({ since }) => since > slowFrom);
    if (brisk.length >= AT_ONCE || (again && brisk.filter((b) => b.again).length >= AGAIN_AT_ONCE)) return false;
    return bytesOf(brisk) + size <= BYTES_AT_ONCE && bytesOf(busy) + size <= BYTES_IN_ALL;
  }
}

const bytesOf = (fetches: readonly { wanted: Wanted }[]): number => fetches.reduce((sum, { wanted }) => sum + wanted.size, 0);
