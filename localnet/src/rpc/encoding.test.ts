import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { storedZstd } from './encoding.js';
import { accountFilter } from './filters.js';
import { toJson } from './json.js';

describe('storedZstd', () => {
  /** Reads a frame of raw blocks, as RFC 8878 lays it out. */
  function read(frame: Buffer): Buffer {
    assert.equal(frame.readUInt32LE(0), 0xfd2fb528);
    assert.equal(frame[4], 0xa0);
    const size = frame.readUInt32LE(5);
    const parts: Buffer[] = [];
    for (let at = 9, last = 0; !last;) {
      const header = frame.readUIntLE(at, 3);
      last = header & 1;
      assert.equal((header >> 1) & 3, 0);
      parts.push(frame.subarray(at + 3, (at += 3 + (header >> 3))));
      if (last) assert.equal(at, frame.length);
    }
    const data = Buffer.concat(parts);
    assert.equal(data.length, size);
    return data;
  }

  it('is a whole frame, of any size', () => {
    for (const size of [0, 1, 131_071, 131_072, 131_073, 300_000]) {
      const data = Buffer.from(Array.from({ length: size }, (_, i) => i % 251));
      assert.deepEqual(read(storedZstd(data)), data);
    }
  });
});

describe('toJson', () => {
  it('writes big integers as numbers and leaves texts alone that look like them', () => {
    assert.equal(toJson({ a: 2n ** 64n - 1n, b: 5n, c: '123', d: [-(2n ** 60n)] }), '{"a":18446744073709551615,"b":5,"c":"123","d":[-1152921504606846976]}');
  });
});

describe('accountFilter', () => {
  const account = { lamports: 1n, owner: '', executable: false, data: Buffer.of(1, 2, 3, 4) };
  const passes = (...filters: unknown[]): boolean => accountFilter(filters)(account);

  it('compares sizes and bytes, in every notation', () => {
    assert.equal(passes({ dataSize: 4 }), true);
    assert.equal(passes({ dataSize: 5 }), false);
    assert.equal(passes({ memcmp: { offset: 1, bytes: '5Q', encoding: 'base58' } }), false);
    assert.equal(passes({ memcmp: { offset: 1, bytes: 'AgM=', encoding: 'base64' } }), true);
    assert.equal(passes({ memcmp: { offset: 1, bytes: [2, 3] } }), true);
    assert.equal(passes({ memcmp: { offset: 3, bytes: [4, 5] } }), false);
    assert.equal(passes({ dataSize: 4 }, { memcmp: { offset: 2 ** 40, bytes: [1] } }), false);
    assert.equal(passes(), true);
  });
});
