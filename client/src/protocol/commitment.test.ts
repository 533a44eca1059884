import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError, concatBytes, sha256, toHex } from './bytes.js';
import { ANNOUNCEMENT_BYTES, type CommitmentBody, encodeBody, encodeEnvelope, parseAnnouncement, signAnnouncement, verifyAnnouncement } from './commitment.js';
import { publicKeyOfSeed, signEd25519 } from './ed25519.js';

const fill = (byte: number) => new Uint8Array(32).fill(byte);
const publicKey = publicKeyOfSeed(fill(3));
const secretKey = concatBytes(fill(3), publicKey);
const subject = { program: fill(1), run: fill(2), epoch: 7, round: 300, index: 5 };
const body: CommitmentBody = {
  payloadHash: fill(0xaa),
  payloadSize: 4000,
  baseHash: fill(0),
  stateRootBefore: fill(0xb1),
  stateRootAfter: fill(0xb2),
  previousCommitment: fill(0xcc),
  loss: 2.5,
  tokens: 1024,
};

test('the layout is the one a separate program (Python) writes', () => {
  const announcement = signAnnouncement(secretKey, subject, body);
  assert.equal(announcement.bytes.length, ANNOUNCEMENT_BYTES);
  assert.equal(announcement.envelope.length, 126);
  assert.equal(toHex(announcement.commitmentHash), '8f6bef2ee6af145483b92c61d2eac0a5b9e2d7c5b87e5f2cd5fd35d7e325ac57');
});

test('what is signed is read back, and signing again gives the same bytes', () => {
  const announcement = signAnnouncement(secretKey, subject, body);
  const read = parseAnnouncement(announcement.bytes);
  assert.deepEqual(read, announcement);
  assert.deepEqual({ ...read.body }, body);
  assert.ok(verifyAnnouncement(read, publicKey));
  assert.equal(verifyAnnouncement(read, publicKeyOfSeed(fill(4))), false);
  assert.deepEqual(signAnnouncement(secretKey, subject, body).bytes, announcement.bytes);
});

test('a Buffer, as sockets and files give it, is read and left as it was', () => {
  for (let round = 0; round < 8; round++) {
    const announcement = signAnnouncement(secretKey, { ...subject, round }, body);
    const buffer = Buffer.from(announcement.bytes);
    const read = parseAnnouncement(buffer);
    assert.ok(verifyAnnouncement(read, publicKey));
    assert.deepEqual(read, announcement);
    assert.deepEqual(new Uint8Array(buffer), announcement.bytes);
  }
});

test('each changed byte is either refused or breaks the signature', () => {
  const { bytes } = signAnnouncement(secretKey, subject, body);
  for (let i = 0; i < bytes.length; i++) {
    const bent = bytes.slice();
    bent[i] ^= 0x40;
    try {
      assert.equal(verifyAnnouncement(parseAnnouncement(bent), publicKey), false, `byte ${i}`);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, `byte ${i}: ${String(error)}`);
    }
  }
});

test('wrong lengths, versions, members and losses have their own codes, however well signed', () => {
  const resigned = (bodyBytes: Uint8Array, index = 5) => {
    const envelope = encodeEnvelope({ ...subject, index }, sha256(bodyBytes));
    return concatBytes(signEd25519(secretKey, envelope), envelope, bodyBytes);
  };
  const bodyBytes = encodeBody(body);
  const { bytes } = signAnnouncement(secretKey, subject, body);
  assert.throws(() => parseAnnouncement(bytes.subarray(1)), { code: 'BAD_LENGTH' });
  assert.throws(() => parseAnnouncement(concatBytes(bytes, fill(0))), { code: 'BAD_LENGTH' });
  assert.throws(() => parseAnnouncement(new Uint8Array(ANNOUNCEMENT_BYTES)), { code: 'BAD_TAG' });
  assert.throws(() => parseAnnouncement(resigned(bodyBytes, 256)), { code: 'BAD_INDEX' });
  const version2 = bodyBytes.slice();
  version2[0] = 2;
  assert.throws(() => parseAnnouncement(resigned(version2)), { code: 'BAD_VERSION' });
  const notANumber = bodyBytes.slice();
  notANumber.set([0, 0, 0xc0, 0x7f], notANumber.length - 8);
  assert.throws(() => parseAnnouncement(resigned(notANumber)), { code: 'BAD_LOSS' });
  const otherBody = bytes.slice();
  otherBody[bytes.length - 1] ^= 1;
  assert.throws(() => parseAnnouncement(otherBody), { code: 'BODY_MISMATCH' });
});
