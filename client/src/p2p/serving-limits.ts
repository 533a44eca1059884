import type { StreamHandlerOptions } from '@libp2p/interface';

/** Bytes of one request, by anyone, of anything. */
export const RANGE_BYTES = 1024 * 1024;

/** Of each protocol, per connection; the peer sees further ones reset. */
export const STREAM_LIMITS: StreamHandlerOptions = { maxInboundStreams: 16, maxOutboundStreams: 16 };

/**
 * How much a node is in the course of sending to all its peers together. Requests beyond it wait their turn; how many
 * can wait is bounded by the streams peers may have open.
 */
export class ServingLimits {
  private inFlight = 0;
  private readonly waiting: { bytes: number; start: () => void }[] = [];

  constructor(private readonly maxInFlight: number = 64 * RANGE_BYTES) {}

  /** Runs `work` once `bytes` more may be in flight. */
  async run<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.enter(bytes, signal);
    try {
      return await work();
    } finally {
      this.inFlight -= bytes;
      this.startNext();
    }
  }

  private enter(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.waiting.length === 0 && this.fits(bytes)) {
      this.inFlight += bytes;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const entry = {
        bytes,
        start: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason);
        this.startNext(); // it may have stood before smaller ones
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.push(entry);
    });
  }

  private startNext(): void {
    while (this.waiting.length > 0 && this.fits(this.waiting[0].bytes)) {
      const next = this.waiting.shift()!;
      this.inFlight += next.bytes;
      next.start();
    }
  }

  private fits(bytes: number): boolean {
    return this.inFlight === 0 || this.inFlight + bytes <= this.maxInFlight;
  }
}
