import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, fromHex, toHex } from './bytes.js';
import { checkSecretKey, publicKeyOfSeed, signEd25519, verifyEd25519 } from './ed25519.js';

// RFC 8032, 7.1, test 2.
const seed = fromHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
const publicKey = fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
const message = Uint8Array.of(0x72);
const signature =
  '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00';
const secretKey = concatBytes(seed, publicKey);

test('RFC 8032 test 2', () => {
  assert.deepEqual(publicKeyOfSeed(seed), publicKey);
  assert.equal(toHex(signEd25519(secretKey, message)), signature);
  assert.ok(verifyEd25519(publicKey, message, fromHex(signature)));
});

test('verifying changes nothing', () => {
  for (let i = 0; i < 16; i++) {
    const text = Uint8Array.of(i);
    const before = toHex(signEd25519(secretKey, text));
    const buffer = Buffer.from(before, 'hex');
    assert.ok(verifyEd25519(publicKey, text, buffer));
    assert.equal(buffer.toString('hex'), before);
  }
});

test('anything else is not a signature, and never throws', () => {
  const good = fromHex(signature);
  assert.equal(verifyEd25519(publicKey, Uint8Array.of(0x73), good), false);
  assert.equal(verifyEd25519(publicKey, message, good.subarray(1)), false);
  assert.equal(verifyEd25519(publicKey.subarray(1), message, good), false);
  assert.equal(verifyEd25519(new Uint8Array(32).fill(0xff), message, good), false);
  for (let i = 0; i < 64; i++) {
    const bent = good.slice();
    bent[i] ^= 1;
    assert.equal(verifyEd25519(publicKey, message, bent), false);
  }
});

test('keys and nonces of small order, which sign anything, are refused', () => {
  const identity = fromHex(`01${'00'.repeat(31)}`);
  assert.equal(verifyEd25519(identity, message, concatBytes(identity, new Uint8Array(32))), false);
});

test('a secret key must be whole and its halves must match', () => {
  assert.deepEqual(checkSecretKey(secretKey), publicKey);
  assert.throws(() => checkSecretKey(seed), { code: 'BAD_SECRET_KEY' });
  assert.throws(() => checkSecretKey(concatBytes(seed, seed)), { code: 'BAD_SECRET_KEY' });
});
