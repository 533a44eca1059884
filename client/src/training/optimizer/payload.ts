import { createHash } from 'node:crypto';
import { PayloadError } from '../errors.js';
import type { CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';
import { decodeBody, encodeBody } from './body-code.js';
import { decodeDense, encodeDense, isDense } from './dense-code.js';

/** Whose contribution to which round of which run a payload is. */
export interface PayloadContext {
  /** SHA-256 of, or the address of, the run: 32 bytes that no other run shares. */
  runHash: Uint8Array;
  epoch: number;
  round: number;
  /** Member index in the epoch. */
  index: number;
}

const VERSION = 2;
const RUN_AT = 24;
/** Of the run's hash as much as nobody finds a second run for. */
const RUN_BYTES = 16;
const CHECKSUM_AT = RUN_AT + RUN_BYTES;
const CHECKSUM_BYTES = 8;
/** What learning the content's frequencies may cost a payload, at most. */
const SLACK_BYTES = 1024;

/**
 * Bytes before the coded part, little-endian: version u8, flags u8, index u16, epoch u32, round u32, k u16, chunk u16,
 * number of chunks u32, coded bytes u32, first 16 bytes of the run hash, checksum 8.
 */
export const HEADER_BYTES = CHECKSUM_AT + CHECKSUM_BYTES;

/**
 * No payload of this plan is longer. Plain codes would take these bits; what adapts to the content takes fewer, or, where it
 * is misled, a few percent more.
 */
export function maxPayloadBytes(plan: CompressionPlan): number {
  let bits = 0;
  for (const { rows, columns, k } of plan.chunks) {
    const area = rows * columns;
    bits += (k === area ? 0 : k * (32 - Math.clz32(area - 1))) + k * (plan.bits === 16 ? 17 : plan.bits) + (plan.bits === 1 ? 0 : 9);
  }
  return HEADER_BYTES + Math.ceil((bits * 5) / 32) + SLACK_BYTES;
}

/** Packs a contribution: header, then per chunk its positions and signs, entropy-coded (docs/protocol.md, wire formats). */
export function encodePayload(plan: CompressionPlan, context: PayloadContext, coefficients: Coefficients): Uint8Array {
  const body = isDense(plan) ? encodeDense(plan, coefficients) : encodeBody(plan, coefficients);
  const payload = Buffer.alloc(HEADER_BYTES + body.length);
  payload.writeUInt8(VERSION, 0);
  payload.writeUInt8(flags(plan), 1);
  payload.writeUInt16LE(context.index, 2);
  payload.writeUInt32LE(context.epoch, 4);
  payload.writeUInt32LE(context.round, 8);
  payload.writeUInt16LE(plan.k, 12);
  payload.writeUInt16LE(plan.chunkSize, 14);
  payload.writeUInt32LE(plan.chunks.length, 16);
  payload.writeUInt32LE(body.length, 20);
  payload.set(context.runHash.subarray(0, RUN_BYTES), RUN_AT);
  payload.set(body, HEADER_BYTES);
  payload.set(checksum(payload), CHECKSUM_AT);
  return new Uint8Array(payload);
}

/**
 * Unpacks a payload from anybody. Time and memory are bounded by the run's own plan, never by what the bytes claim;
 * the result is what its sender encoded, byte for byte, or there is none.
 * @throws PayloadError
 */
export function decodePayload(plan: CompressionPlan, payload: Uint8Array, context?: PayloadContext): Coefficients {
  checkHeader(plan, payload, context);
  const body = payload.subarray(HEADER_BYTES);
  const coefficients = isDense(plan) ? decodeDense(plan, body) : decodeBody(plan, body);
  // One content, one encoding: bytes that decode to the same set but differ would let a payload be changed unseen.
  if (!coefficients) throw new PayloadError('PAYLOAD_CODE', 'The payload is not the encoding of any contribution.');
  return coefficients;
}

function checkHeader(plan: CompressionPlan, payload: Uint8Array, context?: PayloadContext): void {
  if (payload.length < HEADER_BYTES || payload.length > maxPayloadBytes(plan)) {
    throw new PayloadError('PAYLOAD_SIZE', `The payload has ${payload.length} bytes; this run's have ${HEADER_BYTES} to ${maxPayloadBytes(plan)}.`);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, HEADER_BYTES);
  if (view.getUint8(0) !== VERSION || view.getUint8(1) !== flags(plan)) throw new PayloadError('PAYLOAD_VERSION', 'The payload is of a version this client does not read.');
  if (view.getUint16(12, true) !== plan.k || view.getUint16(14, true) !== plan.chunkSize || view.getUint32(16, true) !== plan.chunks.length) {
    throw new PayloadError('PAYLOAD_SHAPE', 'The payload is for a model or settings other than this run\'s.');
  }
  if (view.getUint32(20, true) !== payload.length - HEADER_BYTES) throw new PayloadError('PAYLOAD_SIZE', 'The payload is cut off or too long.');
  if (context) {
    const same =
      view.getUint16(2, true) === context.index && view.getUint32(4, true) === context.epoch && view.getUint32(8, true) === context.round &&
      equal(payload.subarray(RUN_AT, CHECKSUM_AT), context.runHash.subarray(0, RUN_BYTES));
    if (!same) throw new PayloadError('PAYLOAD_CONTEXT', 'The payload is for another run, epoch, round or member.');
  }
  if (!equal(checksum(payload), payload.subarray(CHECKSUM_AT, HEADER_BYTES))) throw new PayloadError('PAYLOAD_CHECKSUM', 'The payload is damaged.');
}

function checksum(payload: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(payload.subarray(0, CHECKSUM_AT)).update(payload.subarray(HEADER_BYTES));
  return hash.digest().subarray(0, CHECKSUM_BYTES);
}

/** Bits per value, and 128 where chunks are not transformed. */
function flags(plan: CompressionPlan): number {
  return plan.bits | (plan.transform === 'none' ? 128 : 0);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
