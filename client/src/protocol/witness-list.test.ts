import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError, concatBytes, sha256 } from './bytes.js';
import { publicKeyOfSeed } from './ed25519.js';
import { possessionDigest } from './possession.js';
import { bitmapOf, bitsOf } from './bitmap.js';
import { WITNESS_LIST_MAX_BYTES, WITNESS_LIST_MIN_BYTES, parseWitnessList, signWitnessList, verifyWitnessList } from './witness-list.js';

const fill = (byte: number) => new Uint8Array(32).fill(byte);
const publicKey = publicKeyOfSeed(fill(3));
const secretKey = concatBytes(fill(3), publicKey);
const entry = (index: number) => ({ index, commitmentHash: sha256(Uint8Array.of(index)) });
const head = { program: fill(1), run: fill(2), epoch: 1, round: 2, memberIndex: 0 };

test('bitmaps: bit i of byte i/8', () => {
  const bitmap = bitmapOf([0, 9, 255]);
  assert.deepEqual([bitmap[0], bitmap[1], bitmap[31]], [1, 2, 128]);
  assert.deepEqual(bitsOf(bitmap), [0, 9, 255]);
  assert.throws(() => bitmapOf([256]), RangeError);
});

test('lists of none, some and all members are read back as signed', () => {
  for (const indices of [[], [7], [255, 0, 3], Array.from({ length: 256 }, (_, i) => i)]) {
    const list = signWitnessList(secretKey, { ...head, entries: indices.map(entry) });
    assert.equal(list.bytes.length, WITNESS_LIST_MIN_BYTES + 32 * indices.length);
    assert.deepEqual(parseWitnessList(list.bytes), list);
    assert.deepEqual(list.entries, [...indices].sort((a, b) => a - b).map(entry));
    assert.ok(verifyWitnessList(list, publicKey));
  }
});

test('each changed byte is either refused or breaks the signature', () => {
  const { bytes } = signWitnessList(secretKey, { ...head, entries: [entry(1), entry(2)] });
  for (let i = 0; i < bytes.length; i++) {
    const bent = bytes.slice();
    bent[i] ^= 0x10;
    try {
      assert.equal(verifyWitnessList(parseWitnessList(bent), publicKey), false, `byte ${i}`);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, `byte ${i}: ${String(error)}`);
    }
  }
});

test('a bitmap that names more or fewer hashes than follow is refused', () => {
  const { bytes } = signWitnessList(secretKey, { ...head, entries: [entry(1), entry(2)] });
  assert.throws(() => parseWitnessList(bytes.subarray(0, bytes.length - 32)), { code: 'BAD_LENGTH' });
  assert.throws(() => parseWitnessList(concatBytes(bytes, fill(0))), { code: 'BAD_LENGTH' });
  assert.throws(() => parseWitnessList(new Uint8Array(WITNESS_LIST_MAX_BYTES + 1)), { code: 'BAD_LENGTH' });
  assert.throws(() => parseWitnessList(new Uint8Array(WITNESS_LIST_MIN_BYTES)), { code: 'BAD_TAG' });
});

test('the possession digest depends on payloads, their order and the witness', () => {
  const [one, two] = [Buffer.from('one'), Buffer.from('two')];
  const digest = possessionDigest(fill(9), [one, two]);
  assert.equal(Buffer.from(digest).toString('hex'), 'f13b363ef9f0303066ba65e37aad9d456708df32bcee03e2f6fd2bea44d0c34e');
  assert.notDeepEqual(possessionDigest(fill(9), [two, one]), digest);
  assert.notDeepEqual(possessionDigest(fill(8), [one, two]), digest);
});
