import type { StreamHandlerOptions } from '@libp2p/interface';
import { toHex } from '../protocol/bytes.js';
import { ServingShare } from './serving-share.js';
import { type Now, TokenBucket, monotonic } from './token-bucket.js';

/** Bytes of one request, by anyone, of anything. */
export const RANGE_BYTES = 1024 * 1024;

/** Of each protocol, per connection; the peer sees further ones reset. */
export const STREAM_LIMITS: StreamHandlerOptions = { maxInboundStreams: 16, maxOutboundStreams: 16 };

/** Members do the run's work; observers watch it and get what is left (protocol 3.3). */
export type Tier = 'member' | 'observer';

/** What one peer of a tier may take. */
export interface TierLimits {
  /** Streams open at a time, of all protocols and connections together. */
  streams: number;
  /** Bytes of answers on their way at a time. */
  inFlight: number;
  /** Requests at once, and per second in the long run; more of them wait. */
  requestBurst: number;
  requestsPerSecond: number;
}

/*
 * A member pulls a round's payloads, a newcomer a whole model in ranges: neither comes near these. An observer reads the
 * announcements of a round now and then.
 */
export const TIER_LIMITS: Record<Tier, TierLimits> = {
  member: { streams: 48, inFlight: 8 * RANGE_BYTES, requestBurst: 2048, requestsPerSecond: 512 },
  observer: { streams: 4, inFlight: RANGE_BYTES, requestBurst: 16, requestsPerSecond: 2 },
};

/** Bytes per second that all observers get together: a tenth of what a home connection of 10 Mbit/s sends. */
const OBSERVER_BYTES_PER_SECOND = 128 * 1024;
const OBSERVER_BURST = 2 * RANGE_BYTES;

/** Peers whose use is remembered; beyond it those that have nothing to answer for are forgotten first. */
const MAX_SHARES = 1024;

export interface ServingOptions {
  /** Bytes on their way to all members together, beyond the one answer that each may always have. */
  maxInFlight?: number;
  tiers?: Record<Tier, TierLimits>;
  now?: Now;
}

/**
 * How much a node sends, to whom. Every member may have one answer under way whatever others do, so a peer that asks
 * for much, or reads slowly, delays itself alone; what goes beyond is shared out in turns. Observers have a budget of
 * bytes of their own, and take nothing of the members'.
 */
export class ServingLimits {
  private inFlight = 0;
  private readonly shares = new Map<string, ServingShare>();
  /** Those with requests that wait; whose turn it is stands first. */
  private readonly turns = new Set<ServingShare>();
  private readonly maxInFlight: number;
  private readonly tiers: Record<Tier, TierLimits>;
  private readonly now: Now;
  private readonly observers: TokenBucket;

  constructor(options: ServingOptions = {}) {
    this.maxInFlight = options.maxInFlight ?? 64 * RANGE_BYTES;
    this.tiers = options.tiers ?? TIER_LIMITS;
    this.now = options.now ?? monotonic;
    this.observers = new TokenBucket(OBSERVER_BURST, OBSERVER_BYTES_PER_SECOND, this.now);
  }

  /** What `nodeKey` may take; the same object as long as it is remembered. */
  of(nodeKey: Uint8Array, tier: Tier): ServingShare {
    const id = `${tier}/${toHex(nodeKey)}`;
    let share = this.shares.get(id);
    if (share === undefined) {
      this.makeRoom();
      const pool = { fits: (bytes: number) => this.inFlight + bytes <= this.maxInFlight, changed: (s: ServingShare, bytes: number) => this.changed(s, bytes) };
      share = new ServingShare(this.tiers[tier], pool, this.now, tier === 'observer' ? this.observers : undefined);
    }
    // the most recently seen stand last
    this.shares.delete(id);
    this.shares.set(id, share);
    return share;
  }

  /** A share has taken or given back bytes (0: it has begun to wait). */
  private changed(share: ServingShare, bytes: number): void {
    if (!share.isObserver) this.inFlight += bytes;
    if (share.isWaiting) this.turns.add(share);
    else this.turns.delete(share);
    if (bytes < 0) this.startNext();
  }

  /** One request of each that waits, round after round, until nothing more fits. */
  private startNext(): void {
    for (let started = true; started; ) {
      started = false;
      for (const share of [...this.turns]) {
        if (!share.startOne()) continue;
        started = true;
        // it had its turn
        if (this.turns.delete(share) && share.isWaiting) this.turns.add(share);
      }
    }
  }

  private makeRoom(): void {
    if (this.shares.size < MAX_SHARES) return;
    for (const [id, share] of this.shares) {
      if (!share.isIdle) continue;
      this.shares.delete(id);
      return;
    }
  }
}
