import { P2pError } from './errors.js';

interface Entry<T> {
  what: T;
  start: () => void;
}

/** Those who wait, first come first, until they are started or give up. */
export class WaitingLine<T> {
  private readonly entries: Entry<T>[] = [];

  /** @param most who comes when so many wait is turned away. */
  constructor(private readonly most = Infinity) {}

  get length(): number {
    return this.entries.length;
  }

  /** What each waits for, in order. */
  get waiting(): T[] {
    return this.entries.map(({ what }) => what);
  }

  /** What the first one waits for. */
  get first(): T | undefined {
    return this.entries[0]?.what;
  }

  /**
   * Settles when it is this one's turn.
   *
   * @param onLeft called when it has given up.
   * @throws {P2pError} REFUSED; the signal's reason.
   */
  wait(what: T, signal: AbortSignal, onLeft?: () => void): Promise<void> {
    if (this.entries.length >= this.most) return Promise.reject(new P2pError('REFUSED', 'too many requests are waiting'));
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const entry: Entry<T> = {
        what,
        start: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.entries.splice(this.entries.indexOf(entry), 1);
        reject(signal.reason);
        onLeft?.();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.entries.push(entry);
    });
  }

  /** Takes the one at a place out of the line and lets it go. */
  start(at = 0): void {
    this.entries.splice(at, 1)[0]?.start();
  }
}
