import type { Stream } from '@libp2p/interface';
import { P2pError } from './errors.js';

/**
 * What is handed to a stream at once; more waits for the peer to take it. With the muxer's header it is four messages of
 * Noise, which have at most 65,519 bytes each: a quarter MiB would be five, and each frame is answered by another.
 */
const PIECE_BYTES = 4 * Math.ceil((1024 * 1024) / 17);

/**
 * Reads exact numbers of bytes from a stream. libp2p delivers what arrives without asking whether anyone wants it, so
 * memory is bounded here: a peer that sends more than it was asked for loses the stream.
 */
export class StreamReader {
  private parts: Uint8Array[] = [];
  private buffered = 0;
  private ended = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;
  private expected = 0;

  /** @param budget bytes the peer may send unasked: none for a server's answers, a request or two for a client's. */
  constructor(
    private readonly stream: Stream,
    private readonly budget: number,
  ) {
    stream.addEventListener('message', (event) => {
      if (this.failure !== undefined) return;
      const data: Iterable<Uint8Array> = event.data instanceof Uint8Array ? [event.data] : event.data;
      for (const part of data) {
        this.parts.push(part);
        this.buffered += part.length;
      }
      if (this.buffered > this.expected + this.budget) this.flooded();
      this.wake?.();
    });
    stream.addEventListener('remoteCloseWrite', () => {
      this.ended = true;
      this.wake?.();
    });
    stream.addEventListener('close', () => {
      this.ended = true;
      this.wake?.();
    });
    // it may have ended before we listened
    if (stream.remoteWriteStatus === 'closed' && stream.readBufferLength === 0) this.ended = true;
  }

  /** To be called before a request is sent: how long its whole answer can be. */
  expect(bytes: number): void {
    this.expected = bytes;
  }

  /** The next `length` bytes; for small, already bounded lengths. */
  async read(length: number, signal: AbortSignal): Promise<Uint8Array> {
    const target = new Uint8Array(length);
    await this.readInto(target, signal);
    return target;
  }

  /** The next `length` bytes, or undefined if the peer ended the stream before the first of them. */
  async readOrEnd(length: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    while (this.buffered === 0) {
      if (this.failure !== undefined) throw this.failure;
      if (this.ended) return undefined;
      await this.more(signal);
    }
    return this.read(length, signal);
  }

  /**
   * Fills `target` as bytes arrive.
   *
   * @throws {P2pError} STREAM_ENDED if the peer stops early, STREAM_FLOODED if it sends what nobody asked for.
   */
  async readInto(target: Uint8Array, signal: AbortSignal): Promise<void> {
    let filled = 0;
    for (;;) {
      filled += this.take(target, filled);
      if (filled === target.length) return;
      if (this.failure !== undefined) throw this.failure;
      if (this.ended) throw new P2pError('STREAM_ENDED', `the peer ended its answer after ${filled} of ${target.length} bytes`);
      await this.more(signal);
    }
  }

  private take(target: Uint8Array, offset: number): number {
    let taken = 0;
    while (this.parts.length > 0 && offset + taken < target.length) {
      const part = this.parts[0];
      const length = Math.min(part.length, target.length - offset - taken);
      target.set(length === part.length ? part : part.subarray(0, length), offset + taken);
      if (length === part.length) this.parts.shift();
      else this.parts[0] = part.subarray(length);
      taken += length;
    }
    this.buffered -= taken;
    this.expected = Math.max(0, this.expected - taken);
    return taken;
  }

  private more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        this.wake = undefined;
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        finish();
        reject(signal.reason);
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      this.wake = () => {
        finish();
        resolve();
      };
    });
  }

  private flooded(): void {
    const failure = new P2pError('STREAM_FLOODED', 'the peer sent more than it was asked for');
    this.failure = failure;
    this.parts = [];
    this.buffered = 0;
    // not inside libp2p's own dispatch
    queueMicrotask(() => this.stream.abort(failure));
  }
}

/**
 * Writes all of it, in pieces, each after the peer has taken the ones before.
 *
 * @param onTaken called each time it has taken one.
 */
export async function writeAll(stream: Stream, bytes: Uint8Array, signal: AbortSignal, onTaken?: () => void): Promise<void> {
  for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
    signal.throwIfAborted();
    stream.send(bytes.subarray(offset, offset + PIECE_BYTES));
    // libp2p's own onDrain() waits only the first time on a stream, as of 3.3.11
    while (stream.writableNeedsDrain) await drained(stream, signal);
    onTaken?.();
  }
}

/** Settles at the stream's next sign that it can send again. @throws what it was ended with; the signal's reason */
function drained(stream: Stream, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (how: () => void) => {
      stream.removeEventListener('drain', onDrain);
      stream.removeEventListener('close', onClose);
      signal.removeEventListener('abort', onAbort);
      how();
    };
    const onDrain = () => settle(resolve);
    const onClose = (event: { error?: Error }) => settle(() => reject(event.error ?? new P2pError('STREAM_ENDED', 'the peer ended the stream')));
    const onAbort = () => settle(() => reject(signal.reason));
    if (signal.aborted) return reject(signal.reason);
    if (stream.status !== 'open') return onClose({});
    stream.addEventListener('drain', onDrain);
    stream.addEventListener('close', onClose);
    signal.addEventListener('abort', onAbort);
  });
}

/** Ends our side in good order; a peer that does not let us is cut off. */
export function closeQuietly(stream: Stream, signal?: AbortSignal): void {
  stream.close({ signal }).catch((error: unknown) => stream.abort(asError(error)));
}

export function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}
