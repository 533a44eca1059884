import { toHex } from '../protocol/bytes.js';
import type { TierLimits } from './serving-limits.js';
import { type Now, TokenBucket } from './token-bucket.js';
import { WaitingLine } from './waiting-line.js';

/**
 * How often a peer is given the same content: once is enough, and it may have lost it in a crash, or asked twice where
 * the first answer stalled. Who comes for more would only wear the link out.
 */
const MAX_COPIES = 8;

/** Contents that are counted per peer; the longest unasked is forgotten first. */
const MAX_CONTENTS = 1024;

/** The node's common budget, as a share sees it. */
export interface ServingPool {
  /** Whether members together may have so many more bytes under way. */
  fits(bytes: number): boolean;
  changed(share: ServingShare, bytes: number): void;
}

/** What one peer may take from this node: its streams, its requests and its bytes. */
export class ServingShare {
  private streams = 0;
  private inFlight = 0;
  private readonly requests: TokenBucket;
  /** The bytes waited for. */
  private readonly waiting: WaitingLine<number>;
  private readonly given = new Map<string, number>();

  constructor(
    private readonly limits: TierLimits,
    private readonly pool: ServingPool,
    now: Now,
    /** The bytes per second that all observers have together; absent for a member. */
    private readonly observerBytes?: TokenBucket,
  ) {
    // each of its streams can wait with one request, so this is only reached where a caller does not count streams
    this.waiting = new WaitingLine(limits.streams);
    this.requests = new TokenBucket(limits.requestBurst, limits.requestsPerSecond, now);
  }

  get isObserver(): boolean {
    return this.observerBytes !== undefined;
  }

  get isWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Whether nothing would be forgiven by forgetting it. */
  get isIdle(): boolean {
    return this.streams === 0 && this.inFlight === 0 && !this.isWaiting && this.requests.isFull;
  }

  /** Counts a stream in. @returns what counts it out, or undefined if the peer has as many as it may. */
  openStream(): (() => void) | undefined {
    if (this.streams >= this.limits.streams) return undefined;
    this.streams++;
    let open = true;
    return () => {
      if (open) this.streams--;
      open = false;
    };
  }

  /** Waits until the peer may make one more request. */
  request(signal: AbortSignal): Promise<void> {
    return this.requests.take(1, signal);
  }

  /** Counts bytes of a content of `total` bytes. @returns false where the peer has had it often enough. */
  mayHave(kind: number, hash: Uint8Array, bytes: number, total: number): boolean {
    const id = `${kind}/${toHex(hash.subarray(0, 16))}`;
    const had = this.given.get(id) ?? 0;
    if (had + bytes > MAX_COPIES * total) return false;
    this.given.delete(id);
    this.given.set(id, had + bytes);
    if (this.given.size > MAX_CONTENTS) this.given.delete(this.given.keys().next().value!);
    return true;
  }

  /**
   * Runs `work` once `bytes` more may be on their way to this peer. It tells each time the peer has taken some, for those
   * to whom that matters.
   *
   * @throws the signal's reason
   */
  async run<T>(bytes: number, signal: AbortSignal, work: (onTaken: () => void) => Promise<T>): Promise<T> {
    await this.observerBytes?.take(bytes, signal);
    await this.enter(bytes, signal);
    try {
      return await work(() => {});
    } finally {
      this.add(-bytes);
    }
  }

  /** Starts what has waited longest, if it may go now. */
  startOne(): boolean {
    const bytes = this.waiting.first;
    if (bytes === undefined || !this.fits(bytes)) return false;
    // out of the line before others are told, and counted before it runs
    this.waiting.start();
    this.add(bytes);
    return true;
  }

  private fits(bytes: number): boolean {
    if (this.inFlight === 0) return true;
    return this.inFlight + bytes <= this.limits.inFlight && (this.isObserver || this.pool.fits(bytes));
  }

  private enter(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (!this.isWaiting && this.fits(bytes)) {
      this.add(bytes);
      return Promise.resolve();
    }
    const turn = this.waiting.wait(bytes, signal, () => {
      while (this.startOne()); // it may have stood before smaller ones
      this.pool.changed(this, 0);
    });
    this.pool.changed(this, 0);
    return turn;
  }

  private add(bytes: number): void {
    this.inFlight += bytes;
    this.pool.changed(this, bytes);
  }
}
