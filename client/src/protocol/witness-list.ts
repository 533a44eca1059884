import { bitmapOf, bitsOf } from './bitmap.js';
import { ByteReader, ByteWriter, ProtocolError, concatBytes, copyOf } from './bytes.js';
import { MAX_MEMBERS } from './commitment.js';
import { signEd25519, verifyEd25519 } from './ed25519.js';
import type { AcceptedEntry } from './merkle.js';

const TAG = 'psyche-witness-list-v1';
const HEAD_BYTES = TAG.length + 32 + 32 + 4 + 4 + 2 + 32;

export const WITNESS_LIST_MIN_BYTES = 64 + HEAD_BYTES;
export const WITNESS_LIST_MAX_BYTES = WITNESS_LIST_MIN_BYTES + 32 * MAX_MEMBERS;

/** What one witness holds and has checked (protocol 3.4). Parsed ones are well-formed; see {@link verifyWitnessList}. */
export interface WitnessList {
  /** The coordinator program's id and the run's origin, 32 bytes each. */
  program: Uint8Array;
  run: Uint8Array;
  epoch: number;
  round: number;
  /** The witness's member index in the epoch. */
  memberIndex: number;
  /** 32 bytes, bit i (byte i/8, bit i%8) for member i: the same set as `entries`. */
  bitmap: Uint8Array;
  /** Ascending by index. */
  entries: AcceptedEntry[];
  signature: Uint8Array;
  /** What is signed. */
  message: Uint8Array;
  /** The whole list as it travels: signature ‖ message. */
  bytes: Uint8Array;
}

/** Signs a list; `entries` may come in any order, one per index. */
export function signWitnessList(
  secretKey: Uint8Array,
  list: Pick<WitnessList, 'program' | 'run' | 'epoch' | 'round' | 'memberIndex' | 'entries'>,
): WitnessList {
  const entries = [...list.entries].sort((a, b) => a.index - b.index);
  const writer = new ByteWriter(HEAD_BYTES + 32 * entries.length)
    .raw(Buffer.from(TAG, 'ascii'), TAG.length)
    .raw(list.program, 32)
    .raw(list.run, 32)
    .u32(list.epoch)
    .u32(list.round)
    .u16(list.memberIndex)
    .raw(bitmapOf(entries.map((entry) => entry.index)), 32);
  for (const entry of entries) writer.raw(entry.commitmentHash, 32);
  const message = writer.finish();
  return parseWitnessList(concatBytes(signEd25519(secretKey, message), message));
}

/**
 * Total on hostile bytes.
 *
 * @throws {ProtocolError} BAD_LENGTH, BAD_TAG or BAD_INDEX.
 */
export function parseWitnessList(bytes: Uint8Array): WitnessList {
  if (bytes.length < WITNESS_LIST_MIN_BYTES || bytes.length > WITNESS_LIST_MAX_BYTES) {
    throw new ProtocolError('BAD_LENGTH', `a witness list cannot have ${bytes.length} bytes`);
  }
  const whole = copyOf(bytes);
  const reader = new ByteReader(whole, 'witness list');
  const signature = reader.raw(64);
  reader.tag(TAG);
  const head = {
    program: reader.raw(32),
    run: reader.raw(32),
    epoch: reader.u32(),
    round: reader.u32(),
    memberIndex: reader.u16(),
    bitmap: reader.raw(32),
  };
  if (head.memberIndex >= MAX_MEMBERS) throw new ProtocolError('BAD_INDEX', `there is no member ${head.memberIndex}`);
  const entries = bitsOf(head.bitmap).map((index) => ({ index, commitmentHash: reader.raw(32) }));
  reader.end();
  return { ...head, entries, signature, message: whole.subarray(64), bytes: whole };
}

/** Whether the member with `nodeKey` (32 bytes) signed it. Total. */
export function verifyWitnessList(list: WitnessList, nodeKey: Uint8Array): boolean {
  return verifyEd25519(nodeKey, list.message, list.signature);
}
