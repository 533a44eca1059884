import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError, sha256, toHex } from './bytes.js';
import { CHUNK_BYTES, EMPTY_ROOT, acceptedListRoot, chunkLeaves, leafHash, merkleRoot, parameterRoot } from './merkle.js';

// The expected roots were computed by a separate program (Python's hashlib).
const entries = [0, 3, 4, 17, 255].map((index) => ({ index, commitmentHash: sha256(Uint8Array.of(index)) }));

test('accepted lists of 1, 2, 3 and 5 entries have the expected roots', () => {
  assert.equal(toHex(acceptedListRoot(entries.slice(0, 1))), '0dfc873f38e3dab5564ef3bbadb304b8559a78446d4dc695c0f80867340d0b56');
  assert.equal(toHex(acceptedListRoot(entries.slice(0, 2))), '42470b74297b9c134697cc6b695cda249f1223e7fc9d6e5aff7c2cf9c7f695dd');
  assert.equal(toHex(acceptedListRoot(entries.slice(0, 3))), '93bdf5d51b362a5a8596354894f5cd5ef7ceca9f0f11b9f2ac6b088b3898c5c1');
  assert.equal(toHex(acceptedListRoot(entries)), '3a74d4065305959c2088b7a144ab14af142c02d47877c05a57047ef26be8f6f4');
});

test('an empty list is 32 zero bytes, and the caller gets its own copy', () => {
  acceptedListRoot([]).fill(1);
  assert.deepEqual(acceptedListRoot([]), new Uint8Array(32));
  assert.deepEqual(EMPTY_ROOT, new Uint8Array(32));
});

test('a list out of order is refused', () => {
  const swapped = [entries[1], entries[0]];
  assert.throws(() => acceptedListRoot(swapped), (error) => error instanceof ProtocolError && error.code === 'BAD_ORDER');
  assert.throws(() => acceptedListRoot([entries[0], entries[0]]), { code: 'BAD_ORDER' });
});

test('the parameter root is taken over 256 KiB chunks, the last one short', () => {
  const bytes = new Uint8Array(3 * CHUNK_BYTES + 5).map((_, i) => (i * 7 + (i >> 8)) & 255);
  assert.equal(chunkLeaves(bytes).length, 4);
  assert.equal(toHex(parameterRoot(bytes)), '0a9e63f94f304bc61e1d8c060a308b52751de8bbf3cfcc2f9fb8266092f2b323');
});

test('a pair of leaves passed off as one leaf has another root', () => {
  const [a, b] = [leafHash(Uint8Array.of(1)), leafHash(Uint8Array.of(2))];
  assert.notDeepEqual(merkleRoot([a, b]), merkleRoot([leafHash(a, b)]));
});
