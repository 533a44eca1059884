import { keyId } from './identity.js';

/** Answers of one peer that are remembered; the oldest is forgotten first. */
const SAMPLES = 32;

/** Before this many answers nothing can be said about how much they vary. */
const ENOUGH = 4;

/** Deviations above the median after which an answer is given up. Of honest answers less than one in a thousand comes later. */
const DEVIATIONS = 8;

/** A peer whose answers all took equally long varies by this share of the median all the same. */
const LEAST_DEVIATION = 0.25;

/** The median absolute deviation of a normal distribution is 1/1.4826 of its standard deviation. */
const MAD_TO_DEVIATION = 1.4826;

/** Shorter answers say how soon a peer answers, and not how fast its link is. Bytes. */
const TRANSFER_FROM = 64 * 1024;

/** No answer is given up sooner: the peer's event loop may be computing a gradient. Milliseconds. */
const SHORTEST_MS = 5_000;

/** What an unknown peer gets: ten seconds to begin, then 32 kB/s. */
const UNKNOWN_MS = 10_000;
const UNKNOWN_BYTES_PER_MS = 32;

/** After timeouts in a row the next answer gets up to so many times as long, as TCP does it. */
const MOST_PATIENCE = 8;

const MIB = 1024 * 1024;

/** Time for `bytes` to pass from or to a peer nothing is known of. Milliseconds. */
export function transferTimeout(bytes: number): number {
  return UNKNOWN_MS + Math.ceil(bytes / UNKNOWN_BYTES_PER_MS);
}

/**
 * How long one peer takes to answer, from what it took before: the median and how far answers are from it, of the wait
 * for the first byte and of the time per byte after it. Medians, because one answer held up by a gradient says nothing
 * about the next.
 */
export class Pace {
  private readonly waits: number[] = [];
  private readonly perMib: number[] = [];
  private patience = 1;

  /** Notes an answer of `bytes`: how long until it began, and how long it took from there. Milliseconds. */
  observe(bytes: number, waitMs: number, transferMs: number): void {
    this.patience = 1;
    if (bytes < TRANSFER_FROM) return remember(this.waits, waitMs + transferMs);
    remember(this.waits, waitMs);
    remember(this.perMib, (transferMs * MIB) / bytes);
  }

  /** Notes that an answer did not come in time. */
  timedOut(): void {
    this.patience = Math.min(MOST_PATIENCE, this.patience * 2);
  }

  /** Whether the last answer did not come in time. */
  get isLate(): boolean {
    return this.patience > 1;
  }

  /** How long an answer of `bytes` usually takes; undefined for a peer that is not known well enough. Milliseconds. */
  expected(bytes: number): number | undefined {
    return this.estimate(bytes, 0);
  }

  /** When to give an answer of `bytes` up. Milliseconds. */
  timeout(bytes: number): number {
    const unknown = transferTimeout(bytes);
    const longest = unknown * 2;
    return Math.min(longest, this.patience * Math.max(SHORTEST_MS, this.estimate(bytes, DEVIATIONS) ?? unknown));
  }

  private estimate(bytes: number, deviations: number): number | undefined {
    if (this.waits.length < ENOUGH) return undefined;
    const wait = above(this.waits, deviations);
    if (bytes < TRANSFER_FROM) return wait;
    return this.perMib.length < ENOUGH ? undefined : wait + (above(this.perMib, deviations) * bytes) / MIB;
  }
}

/** Peers whose pace is remembered. */
const MAX_PACES = 1024;

/** The pace of each peer, by node key. */
export class PaceBook {
  private readonly paces = new Map<string, Pace>();

  of(nodeKey: Uint8Array): Pace {
    const id = keyId(nodeKey);
    const pace = this.paces.get(id) ?? new Pace();
    this.paces.delete(id);
    this.paces.set(id, pace);
    if (this.paces.size > MAX_PACES) this.paces.delete(this.paces.keys().next().value!);
    return pace;
  }
}

function remember(samples: number[], sample: number): void {
  samples.push(sample);
  if (samples.length > SAMPLES) samples.shift();
}

/** The median, and `deviations` more. */
function above(samples: readonly number[], deviations: number): number {
  const middle = median(samples);
  const deviation = Math.max(MAD_TO_DEVIATION * median(samples.map((sample) => Math.abs(sample - middle))), LEAST_DEVIATION * middle);
  return middle + deviations * deviation;
}

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
