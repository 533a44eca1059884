import type { Stream } from '@libp2p/interface';
import { ByteReader, ByteWriter } from '../protocol/bytes.js';
import { within } from './deadline.js';
import { P2pError } from './errors.js';
import { Pace, transferTimeout } from './pace.js';
import { RANGE_BYTES } from './serving-limits.js';
import type { ServingShare } from './serving-share.js';
import { StreamReader, asError, closeQuietly, writeAll } from './stream-io.js';

/*
 * Ranges of content named by a hash, over one stream, as many requests as the client likes, one after the other:
 *
 *   request   kind u8 ‖ hash 32 ‖ offset u64 ‖ length u32           (45 bytes)
 *   answer    status u8 ‖ total size u64 ‖ min(length, total − offset) bytes if the status is OK
 */
const REQUEST_BYTES = 45;
const ANSWER_HEAD_BYTES = 9;
const OK = 0;
const NOT_FOUND = 1;
const REFUSED = 2;

/** How long the server waits for the next request. */
const IDLE_MS = 30_000;
/** How long the few bytes of an answer without content may take to leave. */
const HEAD_TIMEOUT_MS = 10_000;

/** Something that can be served. */
export interface RangeSource {
  /** Bytes. */
  total: number;
  slice(offset: number, length: number): Uint8Array;
}

/** Ranges of bytes, where there are any. */
export const rangesOf = (bytes: Uint8Array | undefined): RangeSource | undefined =>
  bytes && { total: bytes.length, slice: (offset, length) => bytes.subarray(offset, offset + length) };

export type RangeLookup = (kind: number, hash: Uint8Array) => RangeSource | undefined | Promise<RangeSource | undefined>;

/** What of a {@link ServingShare} ranges are given out by. */
export type RangeShare = Pick<ServingShare, 'request' | 'mayHave' | 'run'>;

/** Asks one peer for ranges. */
export class RangeClient {
  /** Answers that have begun; whoever uses the client may set it back. */
  answers = 0;
  private readonly reader: StreamReader;

  /** @param pace how long the peer usually takes: it is waited for accordingly, and learns from each answer. */
  constructor(
    private readonly stream: Stream,
    private readonly pace: Pace = new Pace(),
  ) {
    // nothing may arrive that was not asked for
    this.reader = new StreamReader(stream, 0);
  }

  /**
   * Fills `target` with the content's bytes from `offset` on.
   *
   * @param total what the content's size must be. Not more than {@link RANGE_BYTES} at once.
   * @throws {P2pError} NOT_FOUND, REFUSED, WRONG_SIZE, BAD_ANSWER, PEER_TIMEOUT, STREAM_ENDED, STREAM_FLOODED.
   */
  async range(kind: number, hash: Uint8Array, offset: number, target: Uint8Array, total: number, signal: AbortSignal): Promise<void> {
    const request = new ByteWriter(REQUEST_BYTES).u8(kind).raw(hash, 32).u64(offset).u32(target.length).finish();
    const begun = performance.now();
    let answered = begun;
    try {
      await within(this.pace.timeout(target.length), signal, 'the answer of a peer', async (inner) => {
        this.reader.expect(ANSWER_HEAD_BYTES + target.length);
        await writeAll(this.stream, request, inner);
        const head = new ByteReader(await this.reader.read(ANSWER_HEAD_BYTES, inner), 'answer');
        this.answers++;
        answered = performance.now();
        checkHead(head, total);
        await this.reader.readInto(target, inner);
      });
    } catch (error) {
      if (error instanceof P2pError && error.code === 'PEER_TIMEOUT' && !signal.aborted) this.pace.timedOut();
      throw error;
    }
    this.pace.observe(target.length, answered - begun, performance.now() - answered);
  }

  abort(error: unknown): void {
    this.stream.abort(asError(error));
  }
}

function checkHead(head: ByteReader, total: number): void {
  const status = head.u8();
  if (status === NOT_FOUND) throw new P2pError('NOT_FOUND', 'the peer does not have it (yet)');
  if (status === REFUSED) throw new P2pError('REFUSED', 'the peer refused the request');
  if (status !== OK) throw new P2pError('BAD_ANSWER', `the peer answered with the unknown status ${status}`);
  const announced = head.u64();
  if (announced !== BigInt(total)) throw new P2pError('WRONG_SIZE', `the peer has ${announced} bytes where ${total} were announced`);
}

/**
 * Answers one peer's requests until it ends the stream, errs, or is silent for half a minute. Never throws.
 *
 * @param share what this peer may take.
 */
export async function serveRanges(stream: Stream, lookup: RangeLookup, share: RangeShare, signal: AbortSignal): Promise<void> {
  const reader = new StreamReader(stream, REQUEST_BYTES);
  try {
    for (;;) {
      const request = await within(IDLE_MS, signal, 'the next request', (inner) => reader.readOrEnd(REQUEST_BYTES, inner));
      if (request === undefined) break;
      await share.request(signal);
      if (!(await answer(stream, request, lookup, share, signal))) break;
    }
    closeQuietly(stream, signal);
  } catch (error) {
    stream.abort(asError(error));
  }
}

/** @returns whether to go on with this peer. */
async function answer(stream: Stream, request: Uint8Array, lookup: RangeLookup, share: RangeShare, signal: AbortSignal): Promise<boolean> {
  const fields = new ByteReader(request, 'request');
  const [kind, hash, offset, length] = [fields.u8(), fields.raw(32), fields.u64(), fields.u32()];
  const reply = (status: number, total: number) =>
    within(HEAD_TIMEOUT_MS, signal, 'sending an answer', (inner) => writeAll(stream, answerHead(status, total), inner));
  if (length === 0 || length > RANGE_BYTES) {
    await reply(REFUSED, 0);
    return false;
  }
  const source = await lookup(kind, hash);
  if (source === undefined) {
    await reply(NOT_FOUND, 0);
    return true;
  }
  if (offset >= BigInt(source.total)) {
    await reply(REFUSED, source.total);
    return false;
  }
  const wanted = Math.min(length, source.total - Number(offset));
  if (!share.mayHave(kind, hash, wanted, source.total)) {
    await reply(REFUSED, source.total);
    return false;
  }
  const bytes = source.slice(Number(offset), wanted);
  await share.run(bytes.length, signal, (onTaken) =>
    within(transferTimeout(bytes.length), signal, 'sending a range', async (inner) => {
      await writeAll(stream, answerHead(OK, source.total), inner);
      await writeAll(stream, bytes, inner, onTaken);
    }),
  );
  return true;
}

function answerHead(status: number, total: number): Uint8Array {
  return new ByteWriter(ANSWER_HEAD_BYTES).u8(status).u64(total).finish();
}
