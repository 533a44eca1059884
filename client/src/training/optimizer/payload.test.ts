import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { PayloadError } from '../errors.js';
import { planCompression, type Chunk, type CompressionPlan } from './chunks.js';
import type { Coefficients } from './compress.js';
import { decodePayload, encodePayload, HEADER_BYTES, maxPayloadBytes, type PayloadContext } from './payload.js';
import { decodePositions, encodePositions } from './position-code.js';
import { RangeDecoder, RangeEncoder } from './range-coder.js';
import { numbers } from '../testing.js';

const context: PayloadContext = { runHash: new Uint8Array(32).fill(7), epoch: 3, round: 9, index: 255 };

function shapeOf(rows: number, columns: number, size: number, k: number): CompressionPlan {
  const layout = [{ name: 'm', shape: [rows, columns], offset: 0, size: rows * columns, initial: 'zeros' as const }];
  return planCompression(layout, { transform: 'dct', bits: 1, k, chunkSize: size });
}

function randomCoefficients(chunks: readonly Chunk[], next: () => number): Coefficients {
  const positions: number[] = [];
  const values: number[] = [];
  for (const { rows, columns, k } of chunks) {
    const area = rows * columns;
    const set = new Set<number>();
    while (set.size < k) set.add(Math.min(area - 1, Math.floor(((next() + 1) / 2) * area)));
    positions.push(...[...set].sort((a, b) => a - b));
    for (let i = 0; i < k; i++) values.push(next() < 0 ? -1 : 1);
  }
  return { positions: Uint16Array.from(positions), values: Int16Array.from(values) };
}

test('any numbers survive the range coder', () => {
  const symbol = fc.integer({ min: 1, max: 65_536 }).chain((total) =>
    fc.integer({ min: 0, max: total - 1 }).chain((start) => fc.integer({ min: 1, max: total - start }).map((size) => ({ start, size, total }))),
  );
  fc.assert(
    fc.property(fc.array(symbol, { maxLength: 400 }), (symbols) => {
      const encoder = new RangeEncoder();
      for (const { start, size, total } of symbols) encoder.encode(start, size, total);
      const decoder = new RangeDecoder(encoder.finish());
      for (const { start, size, total } of symbols) {
        const slot = decoder.peek(total);
        assert.ok(slot >= start && slot < start + size);
        decoder.consume(start, size, total);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('carries run through long rows of full bytes', () => {
  // Near the top of the range again and again: every byte is held back until the end decides.
  const encoder = new RangeEncoder();
  for (let i = 0; i < 300; i++) encoder.encode(65_535, 1, 65_536);
  encoder.encode(0, 1, 2);
  const decoder = new RangeDecoder(encoder.finish());
  for (let i = 0; i < 300; i++) assert.equal(decoder.uniform(65_536), 65_535);
  assert.equal(decoder.uniform(2), 0);
});

test('any set of positions survives, in any range', () => {
  const set = fc.integer({ min: 1, max: 5000 }).chain((size) =>
    fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: Math.min(size, 300) }).map((members) => ({ size, members: members.sort((a, b) => a - b) })),
  );
  fc.assert(
    fc.property(set, ({ size, members }) => {
      const encoder = new RangeEncoder();
      encodePositions(encoder, Uint16Array.from(members), 0, members.length, 0, size);
      const decoded = new Uint16Array(members.length);
      decodePositions(new RangeDecoder(encoder.finish()), decoded, 0, members.length, 0, size);
      assert.deepEqual([...decoded], members);
    }),
    { numRuns: 200, seed: 2 },
  );
});

test('payloads of any shape survive', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 40 }), fc.integer(), (rows, columns, size, k, seed) => {
      // More of a small chunk can be refused for its exact sums; that is another test's matter.
      const shape = shapeOf(rows, columns, size, Math.min(k, 16));
      const coefficients = randomCoefficients(shape.chunks, numbers(seed));
      const payload = encodePayload(shape, context, coefficients);
      assert.ok(payload.length <= maxPayloadBytes(shape));
      assert.deepEqual(decodePayload(shape, payload, context), coefficients);
    }),
    { numRuns: 150, seed: 3 },
  );
});

test('four random positions and signs of 4,096 take at most 6.2 bytes', () => {
  const shape = shapeOf(64 * 32, 64 * 16, 64, 4);
  const payload = encodePayload(shape, context, randomCoefficients(shape.chunks, numbers(5)));
  const each = payload.length / shape.chunks.length;
  assert.ok(each <= 6.2, `${each} bytes`);
  // And with nothing but the code itself it is within 1 % of the entropy, 47.41 bits.
  assert.ok((8 * (payload.length - HEADER_BYTES)) / shape.chunks.length < 47.41 * 1.01);
});

test('a payload for another round, member, run or model is refused by name', () => {
  const shape = shapeOf(128, 64, 64, 4);
  const payload = encodePayload(shape, context, randomCoefficients(shape.chunks, numbers(6)));
  const code = (expected: string) => (error: unknown) => error instanceof PayloadError && error.code === expected;
  for (const other of [{ round: 8 }, { epoch: 2 }, { index: 0 }, { runHash: new Uint8Array(32) }]) {
    assert.throws(() => decodePayload(shape, payload, { ...context, ...other }), code('PAYLOAD_CONTEXT'));
  }
  assert.throws(() => decodePayload(shapeOf(128, 128, 64, 4), payload, context), code('PAYLOAD_SHAPE'));
  assert.throws(() => decodePayload(shape, payload.subarray(0, 20), context), code('PAYLOAD_SIZE'));
  assert.throws(() => decodePayload(shape, payload.subarray(0, -1), context), code('PAYLOAD_SIZE'));
  assert.throws(() => decodePayload(shape, new Uint8Array(1 << 20), context), code('PAYLOAD_SIZE'));
  const flipped = payload.slice();
  flipped[payload.length - 1] ^= 1;
  assert.throws(() => decodePayload(shape, flipped, context), code('PAYLOAD_CHECKSUM'));
});

test('10,000 damaged or invented payloads decode to what was encoded or give a typed error', () => {
  const shape = shapeOf(48, 40, 16, 3);
  const next = numbers(8);
  const below = (n: number): number => Math.min(n - 1, Math.floor(((next() + 1) / 2) * n));
  for (let run = 0; run < 10_000; run++) {
    const original = encodePayload(shape, context, randomCoefficients(shape.chunks, next));
    let bytes: Uint8Array = original.slice();
    const kind = run % 4;
    if (kind === 0) for (let i = below(8); i >= 0; i--) bytes[below(bytes.length)] = below(256);
    else if (kind === 1) bytes = bytes.slice(0, below(bytes.length + 1));
    else if (kind === 2) bytes = Uint8Array.from({ length: below(200) }, () => below(256));
    else bytes = forge(bytes, below);
    try {
      const decoded = decodePayload(shape, bytes, context);
      assert.deepEqual(encodePayload(shape, context, decoded), bytes);
    } catch (error) {
      assert.ok(error instanceof PayloadError, String(error));
    }
  }
});

/** A payload whose header and checksum are right and whose coded part is garbage: made with the real encoder's parts. */
function forge(original: Uint8Array, below: (n: number) => number): Uint8Array {
  const bytes = original.slice();
  for (let i = HEADER_BYTES; i < bytes.length; i++) bytes[i] = below(256);
  return sealed(bytes);
}

function sealed(bytes: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(bytes.subarray(0, HEADER_BYTES - 8)).update(bytes.subarray(HEADER_BYTES)).digest();
  bytes.set(hash.subarray(0, 8), HEADER_BYTES - 8);
  return bytes;
}
