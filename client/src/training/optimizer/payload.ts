import { createHash } from 'node:crypto';
import { PayloadError } from '../errors.js';
import type { Chunk } from './chunks.js';
import { coefficientCount, type Coefficients } from './compress.js';
import { decodePositions, encodePositions } from './position-code.js';
import { RangeDecoder, RangeEncoder } from './range-coder.js';

/** Whose contribution to which round of which run a payload is. */
export interface PayloadContext {
  /** SHA-256 of, or the address of, the run: 32 bytes that no other run shares. */
  runHash: Uint8Array;
  epoch: number;
  round: number;
  /** Member index in the epoch. */
  index: number;
}

/** What all payloads of a run have in common. */
export interface PayloadShape {
  chunks: readonly Chunk[];
  /** The run's k and chunk side. */
  k: number;
  chunkSize: number;
}

const VERSION = 1;
const ONE_BIT = 1;
const CHECKSUM_AT = 56;
const CHECKSUM_BYTES = 8;

/**
 * Bytes before the coded part, little-endian: version u8, flags u8, index u16, epoch u32, round u32, k u16, chunk u16,
 * number of chunks u32, coded bytes u32, run hash 32, checksum 8.
 */
export const HEADER_BYTES = CHECKSUM_AT + CHECKSUM_BYTES;

/** No payload of this shape is longer: each position and its sign take at most 16 + 1 bits, and a little rounding. */
export function maxPayloadBytes(shape: PayloadShape): number {
  return HEADER_BYTES + Math.ceil((coefficientCount(shape.chunks) * 18 + shape.chunks.length * 2) / 8) + 16;
}

/** Packs a contribution: header, then per chunk its positions and signs, entropy-coded (docs/protocol.md, wire formats). */
export function encodePayload(shape: PayloadShape, context: PayloadContext, coefficients: Coefficients): Uint8Array {
  const body = encodeBody(shape.chunks, coefficients);
  const payload = Buffer.alloc(HEADER_BYTES + body.length);
  payload.writeUInt8(VERSION, 0);
  payload.writeUInt8(ONE_BIT, 1);
  payload.writeUInt16LE(context.index, 2);
  payload.writeUInt32LE(context.epoch, 4);
  payload.writeUInt32LE(context.round, 8);
  payload.writeUInt16LE(shape.k, 12);
  payload.writeUInt16LE(shape.chunkSize, 14);
  payload.writeUInt32LE(shape.chunks.length, 16);
  payload.writeUInt32LE(body.length, 20);
  payload.set(context.runHash, 24);
  payload.set(body, HEADER_BYTES);
  payload.set(checksum(payload), CHECKSUM_AT);
  return new Uint8Array(payload);
}

/**
 * Unpacks a payload from anybody. Time and memory are bounded by the run's own shape, never by what the bytes claim;
 * the result is what its sender encoded, byte for byte, or there is none.
 * @throws PayloadError
 */
export function decodePayload(shape: PayloadShape, payload: Uint8Array, context?: PayloadContext): Coefficients {
  checkHeader(shape, payload, context);
  const body = payload.subarray(HEADER_BYTES);
  const coefficients = decodeBody(shape.chunks, body);
  // One content, one encoding: bytes that decode to the same set but differ would let a payload be changed unseen.
  if (!equal(encodeBody(shape.chunks, coefficients), body)) throw new PayloadError('PAYLOAD_CODE', 'The payload is not the encoding of any contribution.');
  return coefficients;
}

function checkHeader(shape: PayloadShape, payload: Uint8Array, context?: PayloadContext): void {
  if (payload.length < HEADER_BYTES || payload.length > maxPayloadBytes(shape)) {
    throw new PayloadError('PAYLOAD_SIZE', `The payload has ${payload.length} bytes; this run's have ${HEADER_BYTES} to ${maxPayloadBytes(shape)}.`);
  }
  const view = new DataView(payload.buffer, payload.byteOffset, HEADER_BYTES);
  if (view.getUint8(0) !== VERSION || view.getUint8(1) !== ONE_BIT) throw new PayloadError('PAYLOAD_VERSION', 'The payload is of a version this client does not read.');
  if (view.getUint16(12, true) !== shape.k || view.getUint16(14, true) !== shape.chunkSize || view.getUint32(16, true) !== shape.chunks.length) {
    throw new PayloadError('PAYLOAD_SHAPE', 'The payload is for a model or settings other than this run\'s.');
  }
  if (view.getUint32(20, true) !== payload.length - HEADER_BYTES) throw new PayloadError('PAYLOAD_SIZE', 'The payload is cut off or too long.');
  if (context) {
    const same =
      view.getUint16(2, true) === context.index && view.getUint32(4, true) === context.epoch && view.getUint32(8, true) === context.round &&
      equal(payload.subarray(24, CHECKSUM_AT), context.runHash);
    if (!same) throw new PayloadError('PAYLOAD_CONTEXT', 'The payload is for another run, epoch, round or member.');
  }
  if (!equal(checksum(payload), payload.subarray(CHECKSUM_AT, HEADER_BYTES))) throw new PayloadError('PAYLOAD_CHECKSUM', 'The payload is damaged.');
}

function checksum(payload: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(payload.subarray(0, CHECKSUM_AT)).update(payload.subarray(HEADER_BYTES));
  return hash.digest().subarray(0, CHECKSUM_BYTES);
}

function encodeBody(chunks: readonly Chunk[], { positions, signs }: Coefficients): Uint8Array {
  const encoder = new RangeEncoder();
  let at = 0;
  for (const { rows, columns, k } of chunks) {
    encodePositions(encoder, positions, at, at + k, 0, rows * columns);
    for (let i = at; i < at + k; i += 16) {
      const count = Math.min(16, at + k - i);
      let bits = 0;
      for (let b = 0; b < count; b++) if (signs[i + b] < 0) bits |= 1 << b;
      encoder.encode(bits, 1, 1 << count);
    }
    at += k;
  }
  return encoder.finish();
}

function decodeBody(chunks: readonly Chunk[], body: Uint8Array): Coefficients {
  const total = coefficientCount(chunks);
  const positions = new Uint16Array(total);
  const signs = new Int8Array(total);
  const decoder = new RangeDecoder(body);
  let at = 0;
  for (const { rows, columns, k } of chunks) {
    decodePositions(decoder, positions, at, at + k, 0, rows * columns);
    for (let i = at; i < at + k; i += 16) {
      const count = Math.min(16, at + k - i);
      const bits = decoder.uniform(1 << count);
      for (let b = 0; b < count; b++) signs[i + b] = (bits >> b) & 1 ? -1 : 1;
    }
    at += k;
  }
  return { positions, signs };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
