import type { P2pErrorCode } from '../errors.js';

/*
 * A peer's score is 0 until it does what no honest peer does. Points add up and fade; there is nothing to be gained by
 * good behaviour, so nobody can save up for an attack. Slowness is no offence: it only decides whom to ask first.
 */

/**
 * Points of each offence. What can only be a lie costs a connection at once and, done again, ends in a ban; what an
 * honest peer could pass on when it and this node see different lists of members is forgiven twice.
 */
export const OFFENCES: Partial<Record<P2pErrorCode, number>> = {
  /** Bytes that do not have the hash they were asked for by. */
  WRONG_HASH: -25,
  /** An answer that is none, or one that nobody asked for. */
  BAD_ANSWER: -25,
  STREAM_FLOODED: -30,
  /** Streams opened by the hundred. */
  TOO_MANY_STREAMS: -30,
  /** Gossip that is malformed, forged or refused. */
  BAD_MESSAGE: -8,
  /** Another size than announced: it is not asked again, but it may be the announcement that lies, and not who answers. */
  WRONG_SIZE: 0,
};

/** At or below: connections are closed and refused until the score has faded above it again. */
export const DISCONNECT_AT = -20;

/** At or below: the same, and nothing fades for {@link BAN_MS}. */
export const BAN_AT = -50;

export const LOWEST_SCORE = -100;

/** In this time half of a score fades. */
export const HALF_LIFE_MS = 10 * 60_000;

export const BAN_MS = 30 * 60_000;

/** Nearer to 0 than this a score is forgotten. */
export const FORGET_AT = -0.5;

/** Peers whose scores are kept; only members get one, so there are as many in a run's life or fewer. */
export const MAX_SCORES = 1024;
