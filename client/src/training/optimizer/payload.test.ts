import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PayloadError } from '../errors.js';
import { Contexts } from './adaptive.js';
import type { Coefficients } from './compress.js';
import { decodeBody, encodeBody } from './body-code.js';
import { fuzzPayloads } from './fuzz.js';
import { decodePayload, encodePayload, HEADER_BYTES, maxPayloadBytes, type PayloadContext } from './payload.js';
import { decodeCells, encodeCells } from './position-code.js';
import { RangeDecoder, RangeEncoder } from './range-coder.js';
import { matrixPlan, randomCoefficients } from './testing.js';
import { numbers } from '../testing.js';

const context: PayloadContext = { runHash: new Uint8Array(32).fill(7), epoch: 3, round: 9, index: 255 };

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

test('any set of cells survives, in any rectangle and whatever was seen before', () => {
  const set = fc.record({ rows: fc.integer({ min: 1, max: 256 }), columns: fc.integer({ min: 1, max: 256 }) }).chain(({ rows, columns }) =>
    fc.array(fc.uniqueArray(fc.integer({ min: 0, max: rows * columns - 1 }), { maxLength: Math.min(rows * columns, 300) }), { minLength: 1, maxLength: 4 }).map((sets) => ({ rows, columns, sets })),
  );
  fc.assert(
    fc.property(set, ({ rows, columns, sets }) => {
      const cells = sets.map((members) => Uint16Array.from(members, (p) => (Math.floor(p / columns) << 8) | p % columns));
      const encoder = new RangeEncoder();
      const sent = new Contexts(rows, columns);
      for (const each of cells) encodeCells(encoder, sent, each.slice(), 0, each.length, 0, 0, rows, columns, 1);
      const decoder = new RangeDecoder(encoder.finish());
      const received = new Contexts(rows, columns);
      for (const each of cells) {
        const decoded = new Uint16Array(each.length);
        assert.ok(decodeCells(decoder, received, decoded, 0, each.length, 0, 0, rows, columns, 1));
        assert.deepEqual(decoded.sort(), each.sort());
      }
      assert.ok(decoder.canonical());
    }),
    { numRuns: 150, seed: 2 },
  );
});

test('payloads of any shape survive, whatever is sent of a coefficient', () => {
  const settings = fc.record({
    rows: fc.integer({ min: 1, max: 90 }), columns: fc.integer({ min: 1, max: 90 }), chunkSize: fc.integer({ min: 1, max: 64 }),
    k: fc.oneof(fc.integer({ min: 1, max: 16 }), fc.constant(4096)), bits: fc.constantFrom(1, 2, 16), seed: fc.integer(),
  });
  fc.assert(
    fc.property(settings, ({ rows, columns, chunkSize, k, bits, seed }) => {
      const plan = matrixPlan(rows, columns, { transform: 'none', bits: bits as 1 | 2 | 16, k, chunkSize });
      const coefficients = randomCoefficients(plan, numbers(seed));
      const payload = encodePayload(plan, context, coefficients);
      assert.ok(payload.length <= maxPayloadBytes(plan));
      assert.deepEqual(decodePayload(plan, payload, context), coefficients);
    }),
    { numRuns: 150, seed: 3 },
  );
});

test('of all short strings of bytes exactly the encodings are accepted', () => {
  // All 60 contents of a small plan: the decoder's check of its final state must know their encodings from all else.
  const plan = matrixPlan(2, 3, { k: 2, chunkSize: 3 });
  const encodings = new Set<string>();
  for (const positions of subsets(6, 2)) {
    for (let signs = 0; signs < 4; signs++) {
      const coefficients = { positions: Uint16Array.from(positions), values: Int16Array.of(signs & 1 ? -1 : 1, signs & 2 ? -1 : 1) };
      const body = encodeBody(plan, coefficients);
      assert.deepEqual(decodeBody(plan, body), coefficients);
      encodings.add(Buffer.from(body).toString('hex'));
    }
  }
  assert.equal(encodings.size, 60);
  assert.ok([...encodings].every((e) => e.length <= 4));
  const accepted = new Set<string>();
  for (let length = 0; length <= 2; length++) {
    const body = Buffer.alloc(length);
    for (let number = 0; number < 256 ** length; number++) {
      for (let i = 0; i < length; i++) body[i] = number >> (8 * i);
      if (decodeBody(plan, body)) accepted.add(body.toString('hex'));
    }
  }
  assert.deepEqual([...accepted].sort(), [...encodings].sort());
});

test('what is not quite an encoding is told from one without encoding again', () => {
  const next = numbers(21);
  for (const bits of [1, 2, 16] as const) {
    const plan = matrixPlan(12, 8, { transform: 'none', bits, k: 3, chunkSize: 4 });
    for (let run = 0; run < 100; run++) {
      const body = encodeBody(plan, randomCoefficients(plan, next));
      const last = body.length - 1;
      const near = [Buffer.concat([body, Buffer.of(0)]), Buffer.concat([body, Buffer.of(1)]), body.slice(0, -1), body.with(last, body[last] ^ 1), body.with(last - 1, body[last - 1] ^ 128)];
      for (const other of near) {
        const decoded = decodeBody(plan, other);
        assert.ok(!decoded || Buffer.compare(encodeBody(plan, decoded), other) === 0);
      }
      assert.equal(decodeBody(plan, near[0]), undefined);
    }
  }
});

function subsets(n: number, k: number): number[][] {
  if (k === 0) return [[]];
  return Array.from({ length: n }, (_, last) => last).flatMap((last) => subsets(last, k - 1).map((rest) => [...rest, last]));
}

test('four random positions and signs of 4,096 take at most 6.2 bytes', () => {
  const plan = matrixPlan(64 * 32, 64 * 16);
  const payload = encodePayload(plan, context, randomCoefficients(plan, numbers(5)));
  const each = payload.length / plan.chunks.length;
  assert.ok(each <= 6.2, `${each} bytes`);
  // And with nothing but the code itself it is within 1 % of the entropy, 47.41 bits.
  assert.ok((8 * (payload.length - HEADER_BYTES)) / plan.chunks.length < 47.41 * 1.01);
});

test('frequencies that are likelier cost less, and contents that mislead the model stay below the limit', () => {
  const plan = matrixPlan(64 * 16, 64 * 16);
  const size = (coefficients: Coefficients): number => encodePayload(plan, context, coefficients).length;
  const random = size(randomCoefficients(plan, numbers(5)));
  for (const [steepness, share] of [[2, 0.96], [4, 0.84]]) {
    const bytes = size(randomCoefficients(plan, numbers(5), steepness));
    assert.ok(bytes < share * random, `${bytes} bytes, ${random} of random positions`);
  }
  // All in one corner until that is certain, then all in the other, and back, sooner each time and later each time.
  for (const period of [1, 2, 7, 40, 128]) {
    const positions = Uint16Array.from({ length: 1024 }, (_, i) => (Math.floor(i / 4 / period) % 2 === 0 ? i % 4 : 4092 + (i % 4)));
    const bytes = size({ positions, values: new Int16Array(1024).fill(1) });
    assert.ok(bytes < maxPayloadBytes(plan) && bytes < 1.6 * random, `period ${period}: ${bytes} bytes`);
  }
});

test('a payload for another round, member, run or model is refused by name', () => {
  const plan = matrixPlan(128, 64);
  const payload = encodePayload(plan, context, randomCoefficients(plan, numbers(6)));
  const code = (expected: string) => (error: unknown) => error instanceof PayloadError && error.code === expected;
  for (const other of [{ round: 8 }, { epoch: 2 }, { index: 0 }, { runHash: new Uint8Array(32) }]) {
    assert.throws(() => decodePayload(plan, payload, { ...context, ...other }), code('PAYLOAD_CONTEXT'));
  }
  assert.throws(() => decodePayload(matrixPlan(128, 128), payload, context), code('PAYLOAD_SHAPE'));
  assert.throws(() => decodePayload(plan, payload.subarray(0, 20), context), code('PAYLOAD_SIZE'));
  assert.throws(() => decodePayload(plan, payload.subarray(0, -1), context), code('PAYLOAD_SIZE'));
  assert.throws(() => decodePayload(plan, new Uint8Array(1 << 20), context), code('PAYLOAD_SIZE'));
  const flipped = payload.slice();
  flipped[payload.length - 1] ^= 1;
  assert.throws(() => decodePayload(plan, flipped, context), code('PAYLOAD_CHECKSUM'));
});

test('10,000 damaged or invented payloads decode to what was encoded or give a typed error', () => {
  const { accepted, refused } = fuzzPayloads(10_000, 8);
  assert.ok(accepted > 500);
  for (const code of ['PAYLOAD_SIZE', 'PAYLOAD_VERSION', 'PAYLOAD_CONTEXT', 'PAYLOAD_SHAPE', 'PAYLOAD_CHECKSUM', 'PAYLOAD_CODE']) assert.ok(refused.get(code)! > 10, code);
});
