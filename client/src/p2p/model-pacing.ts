import type { RangeShare } from './range-transfer.js';
import { type Transfer, UnderWay } from './under-way.js';
import { WaitingLine } from './waiting-line.js';

/** Ranges of models, 1 MiB each, on their way at a time; one while the node sends what the round waits for. */
const AT_ONCE = 4;
const WHILE_BUSY = 1;
/** To one peer, stalled ones too: who reads slowly keeps its own, not everybody's. */
const PER_PEER = 2;

/** Somebody's range. */
interface Place {
  share: RangeShare;
  /** Once it is on its way. */
  transfer?: Transfer;
}

/**
 * Serves models with what the round leaves: a newcomer that takes 400 MB as fast as it can must not keep those who train
 * from their payloads, nor from their processor, which encrypts every byte. Peers take turns.
 */
export class ModelPacing {
  private readonly underWay = new UnderWay(() => this.startNext());
  private readonly perPeer = new Map<RangeShare, number>();
  private readonly line = new WaitingLine<Place>();
  /** When each peer was last served, in ranges. */
  private readonly served = new WeakMap<RangeShare, number>();
  private ranges = 0;

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
          const transfer = await this.enter(share, signal);
          try {
            return await work(transfer.onTaken);
          } finally {
            transfer.end();
            this.count(share, -1);
            this.startNext();
          }
        }),
    };
  }

  private async enter(share: RangeShare, signal: AbortSignal): Promise<Transfer> {
    signal.throwIfAborted();
    const place: Place = { share };
    if (this.hasRoom(share)) this.begin(place);
    else await this.line.wait(place, signal);
    return place.transfer!;
  }

  private begin(place: Place): void {
    this.count(place.share, 1);
    this.served.set(place.share, ++this.ranges);
    place.transfer = this.underWay.begin();
  }

  /** Whoever was served longest ago goes first; of its ranges the one asked for first. */
  private startNext(): void {
    for (;;) {
      const waiting = this.line.waiting;
      const [next] = waiting.filter(({ share }) => this.hasRoom(share)).sort((a, b) => (this.served.get(a.share) ?? 0) - (this.served.get(b.share) ?? 0));
      if (next === undefined) return;
      this.begin(next);
      this.line.start(waiting.indexOf(next));
    }
  }

  private hasRoom(share: RangeShare): boolean {
    return this.underWay.count < (this.busy() ? WHILE_BUSY : AT_ONCE) && this.countOf(share) < PER_PEER;
  }

  private countOf(share: RangeShare): number {
    return this.perPeer.get(share) ?? 0;
  }

  private count(share: RangeShare, change: number): void {
    const count = this.countOf(share) + change;
    if (count === 0) this.perPeer.delete(share);
    else this.perPeer.set(share, count);
  }
}
