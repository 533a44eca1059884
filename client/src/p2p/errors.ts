import { PsycheError } from '../errors.js';
import { OFFENCES } from './score/constants.js';

/** Why something between peers did not work. */
export type P2pErrorCode =
  /** The node was asked for something after `stop`, or the listening address cannot be used. */
  | 'NODE_STOPPED'
  | 'CANNOT_LISTEN'
  | 'BAD_ADDRESS'
  | 'NOT_A_MEMBER'
  | 'NOT_CONNECTED'
  /** What we would publish or fetch is larger than any peer accepts. */
  | 'TOO_LARGE'
  /** This machine's disk does not take what was fetched. */
  | 'CANNOT_STORE'
  /** The peer: too slow, gone in mid-answer, sent more than was asked, does not have it, refused, or lied. */
  | 'PEER_TIMEOUT'
  | 'STREAM_ENDED'
  | 'STREAM_FLOODED'
  | 'NOT_FOUND'
  | 'REFUSED'
  | 'BAD_ANSWER'
  | 'BAD_MESSAGE'
  | 'WRONG_HASH'
  | 'WRONG_SIZE'
  | 'TOO_MANY_STREAMS'
  /** No source gave it; `cause` is an AggregateError of what each one did. */
  | 'PAYLOAD_UNAVAILABLE'
  | 'MODEL_UNAVAILABLE';

export class P2pError extends PsycheError {
  declare readonly code: P2pErrorCode;

  constructor(code: P2pErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}

/** What only a dishonest or broken peer does: never caused by a slow link. */
export function isOffence(error: unknown): error is P2pError {
  return error instanceof P2pError && error.code in OFFENCES;
}
