import { ByteReader, ByteWriter, ProtocolError, bytesEqual, concatBytes, copyOf, sha256 } from './bytes.js';
import { signEd25519, verifyEd25519 } from './ed25519.js';

const TAG = 'psyche-commitment-v1';
const BODY_VERSION = 1;

/** Members of an epoch are numbered below this. */
export const MAX_MEMBERS = 256;
export const ENVELOPE_BYTES = 126;
export const BODY_BYTES = 173;
/** A whole announcement: signature ‖ envelope ‖ body. */
export const ANNOUNCEMENT_BYTES = 64 + ENVELOPE_BYTES + BODY_BYTES;

/** Whose work for which round a commitment speaks of. */
export interface CommitmentSubject {
  /** The coordinator program's id, 32 bytes. */
  program: Uint8Array;
  /** The run's `origin`, 32 bytes: another one on every cluster and for every run that its address ever had. */
  run: Uint8Array;
  epoch: number;
  round: number;
  /** The trainer's member index in the epoch. */
  index: number;
}

/** What a trainer promises about its round's work (protocol 3.2). */
export interface CommitmentBody {
  payloadHash: Uint8Array;
  /** Bytes. */
  payloadSize: number;
  /** Hash of the parameters trained from; zero where it was not computed this round. */
  baseHash: Uint8Array;
  /** Roots over the optimizer's state before and after this payload was taken out of it. */
  stateRootBefore: Uint8Array;
  stateRootAfter: Uint8Array;
  /** Hash of the trainer's previous commitment of the epoch; zero for its first. */
  previousCommitment: Uint8Array;
  /** Mean training loss, nats per token; finite. */
  loss: number;
  tokens: number;
}

/** A commitment as peers pass it on. Parsed ones are well-formed; whether the signature holds is {@link verifyAnnouncement}'s. */
export interface Announcement extends CommitmentSubject {
  body: CommitmentBody;
  /** sha256 of the envelope: what witness lists and the accepted list name. */
  commitmentHash: Uint8Array;
  signature: Uint8Array;
  envelope: Uint8Array;
  /** The whole announcement as it travels and is stored. */
  bytes: Uint8Array;
}

/** @throws RangeError where a field does not fit its layout (the caller's defect). */
export function encodeBody(body: CommitmentBody): Uint8Array {
  if (!Number.isFinite(body.loss)) throw new RangeError('the loss must be a finite number');
  return new ByteWriter(BODY_BYTES)
    .u8(BODY_VERSION)
    .raw(body.payloadHash, 32)
    .u32(body.payloadSize)
    .raw(body.baseHash, 32)
    .raw(body.stateRootBefore, 32)
    .raw(body.stateRootAfter, 32)
    .raw(body.previousCommitment, 32)
    .f32(body.loss)
    .u32(body.tokens)
    .finish();
}

/** The 126 bytes a trainer signs: tag ‖ program ‖ origin ‖ epoch u32 ‖ round u32 ‖ index u16 ‖ sha256(body). */
export function encodeEnvelope(subject: CommitmentSubject, bodyHash: Uint8Array): Uint8Array {
  return new ByteWriter(ENVELOPE_BYTES)
    .raw(Buffer.from(TAG, 'ascii'), TAG.length)
    .raw(subject.program, 32)
    .raw(subject.run, 32)
    .u32(subject.epoch)
    .u32(subject.round)
    .u16(subject.index)
    .raw(bodyHash, 32)
    .finish();
}

/** Signs a commitment. Deterministic: the same subject, body and key give the same bytes. */
export function signAnnouncement(secretKey: Uint8Array, subject: CommitmentSubject, body: CommitmentBody): Announcement {
  const bodyBytes = encodeBody(body);
  const envelope = encodeEnvelope(subject, sha256(bodyBytes));
  return parseAnnouncement(concatBytes(signEd25519(secretKey, envelope), envelope, bodyBytes));
}

/**
 * Total on hostile bytes.
 *
 * @throws {ProtocolError} BAD_LENGTH, BAD_TAG, BAD_VERSION, BAD_INDEX, BAD_LOSS, or BODY_MISMATCH.
 */
export function parseAnnouncement(bytes: Uint8Array): Announcement {
  if (bytes.length !== ANNOUNCEMENT_BYTES) {
    throw new ProtocolError('BAD_LENGTH', `an announcement has ${ANNOUNCEMENT_BYTES} bytes, not ${bytes.length}`);
  }
  const whole = copyOf(bytes);
  const reader = new ByteReader(whole, 'announcement');
  const signature = reader.raw(64);
  const envelope = whole.subarray(64, 64 + ENVELOPE_BYTES);
  reader.tag(TAG);
  const subject = {
    program: reader.raw(32),
    run: reader.raw(32),
    epoch: reader.u32(),
    round: reader.u32(),
    index: reader.u16(),
  };
  if (subject.index >= MAX_MEMBERS) throw new ProtocolError('BAD_INDEX', `there is no member ${subject.index}`);
  const bodyHash = reader.raw(32);
  if (!bytesEqual(bodyHash, sha256(whole.subarray(64 + ENVELOPE_BYTES)))) {
    throw new ProtocolError('BODY_MISMATCH', "the announcement's body is not the one its envelope names");
  }
  const body = readBody(reader);
  return { ...subject, body, commitmentHash: sha256(envelope), signature, envelope, bytes: whole };
}

/** Whether the member with `nodeKey` (32 bytes) signed it. Total. */
export function verifyAnnouncement(announcement: Announcement, nodeKey: Uint8Array): boolean {
  return verifyEd25519(nodeKey, announcement.envelope, announcement.signature);
}

/** Whether both are of the same round and trainer, but name different commitments: signed by one key, they convict it. */
export function contradict(first: Announcement, second: Announcement): boolean {
  const same = (['epoch', 'round', 'index'] as const).every((field) => first[field] === second[field])
    && bytesEqual(first.program, second.program) && bytesEqual(first.run, second.run);
  return same && !bytesEqual(first.envelope, second.envelope);
}

function readBody(reader: ByteReader): CommitmentBody {
  const version = reader.u8();
  if (version !== BODY_VERSION) throw new ProtocolError('BAD_VERSION', `a commitment body of version ${version}: update this client`);
  const body = {
    payloadHash: reader.raw(32),
    payloadSize: reader.u32(),
    baseHash: reader.raw(32),
    stateRootBefore: reader.raw(32),
    stateRootAfter: reader.raw(32),
    previousCommitment: reader.raw(32),
    loss: reader.f32(),
    tokens: reader.u32(),
  };
  reader.end();
  if (!Number.isFinite(body.loss)) throw new ProtocolError('BAD_LOSS', 'the announced loss is not a finite number');
  return body;
}
