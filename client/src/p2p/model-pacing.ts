import type { RangeShare } from './range-transfer.js';

/** Ranges of models, 1 MiB each, on their way at a time; one while the node sends what the round waits for. */
const AT_ONCE = 4;
const WHILE_BUSY = 1;
/** To one peer: who reads slowly keeps its own, not everybody's. */
const PER_PEER = 2;

interface Waiting {
  share: RangeShare;
  start: () => void;
}

/**
 * Serves models with what the round leaves: a newcomer that takes 400 MB as fast as it can must not keep those who train
 * from their payloads, nor from their processor, which encrypts every byte. Peers take turns.
 */
export class ModelPacing {
  private underWay = 0;
  private readonly perPeer = new Map<RangeShare, number>();
  private readonly waiting: Waiting[] = [];

  /** @param busy whether the node is sending anything but models. */
  constructor(private readonly busy: () => boolean) {}

  /** The same share, of which ranges are given out at this pace. */
  paced(share: RangeShare): RangeShare {
    return {
      request: (signal) => share.request(signal),
      mayHave: (...content) => share.mayHave(...content),
      // the peer's own limits first: who waits for those takes no one's place here
      run: (bytes, signal, work) =>
        share.run(bytes, signal, async () => {
          await this.enter(share, signal);
          try {
            return await work();
          } finally {
            this.leave(share);
          }
        }),
    };
  }

  private enter(share: RangeShare, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.hasRoom(share)) {
      this.count(share, 1);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        share,
        start: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiting.push(entry);
    });
  }

  /** Those who have the least under way go first; of several who asked first. */
  private leave(share: RangeShare): void {
    this.count(share, -1);
    for (;;) {
      const [next] = this.waiting.filter((entry) => this.hasRoom(entry.share)).sort((a, b) => this.countOf(a.share) - this.countOf(b.share));
      if (next === undefined) return;
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.count(next.share, 1);
      next.start();
    }
  }

  private hasRoom(share: RangeShare): boolean {
    return this.underWay < (this.busy() ? WHILE_BUSY : AT_ONCE) && this.countOf(share) < PER_PEER;
  }

  private countOf(share: RangeShare): number {
    return this.perPeer.get(share) ?? 0;
  }

  private count(share: RangeShare, change: number): void {
    this.underWay += change;
    const count = this.countOf(share) + change;
    if (count === 0) this.perPeer.delete(share);
    else this.perPeer.set(share, count);
  }
}
