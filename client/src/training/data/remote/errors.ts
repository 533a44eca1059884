import { PsycheError } from '../../../errors.js';

export type RemoteErrorCode =
  /** Not an address that a manifest may name. */
  | 'REMOTE_LOCATION'
  /** It leads into a private network, or to this machine. */
  | 'REMOTE_PRIVATE'
  | 'REMOTE_NOT_FOUND'
  | 'REMOTE_DENIED'
  | 'REMOTE_TOO_LARGE'
  /** The server cannot send parts of files. */
  | 'REMOTE_NO_RANGES'
  /** The server sent another part than it was asked for, or more, or coded in a way that nobody asked for. */
  | 'REMOTE_ANSWER'
  /** It is another file than a moment ago. */
  | 'REMOTE_CHANGED'
  | 'REMOTE_UNAVAILABLE';

/** A file elsewhere that cannot be had, or that is not fetched because that could harm this machine or its network. */
export class RemoteError extends PsycheError {
  constructor(code: RemoteErrorCode, message: string, options?: { cause?: unknown }) {
    super(code, message, options);
  }
}
