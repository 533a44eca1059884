const MiB = 1024 * 1024;

/** What the PubSub service grants. */
export interface PubSubLimits {
  readonly messageBytes: number;
  readonly sockets: number;
  readonly subscriptionsPerSocket: number;
  readonly subscriptions: number;
  /** A reader that is so many bytes behind is cut off: it could only grow. */
  readonly unreadBytes: number;
  /** The same for all readers together: beyond it the slow ones are cut off. */
  readonly allUnreadBytes: number;
  /** Who is so many bytes behind is a slow one. */
  readonly slowBytes: number;
  /** How often, in milliseconds, a socket must have shown that somebody is there. */
  readonly heartbeatMs: number;
}

export const PUBSUB_LIMITS: PubSubLimits = {
  messageBytes: 64 * 1024, sockets: 4_096, subscriptionsPerSocket: 1_000, subscriptions: 100_000,
  unreadBytes: 16 * MiB, allUnreadBytes: 256 * MiB, slowBytes: 64 * 1024, heartbeatMs: 30_000,
};
