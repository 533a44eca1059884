import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { ProtocolError, bytesEqual, copyOf, toHex } from './bytes.js';

// RFC 8410: what stands before the 32 raw bytes in a DER-encoded key.
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** y coordinates of the eight points of small order, sign bit cleared. */
const SMALL_ORDER = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

/** The public half a 32-byte seed gives. */
export function publicKeyOfSeed(seed: Uint8Array): Uint8Array {
  return new Uint8Array(createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' }).subarray(PUBLIC_PREFIX.length));
}

/**
 * Checks a key as Solana's `id.json` holds it: 32 bytes of seed, then the public half that belongs to it. Libraries
 * sign happily with halves that do not match, which gives the seed away.
 *
 * @returns the public key, 32 bytes.
 * @throws {ProtocolError} BAD_SECRET_KEY.
 */
export function checkSecretKey(secretKey: Uint8Array): Uint8Array {
  if (secretKey.length !== 64) {
    throw new ProtocolError('BAD_SECRET_KEY', `a secret key has 64 bytes, not ${secretKey.length}: give the whole array of the id.json file`);
  }
  const publicKey = publicKeyOfSeed(secretKey.subarray(0, 32));
  if (!bytesEqual(publicKey, secretKey.subarray(32))) {
    throw new ProtocolError('BAD_SECRET_KEY', 'the public half of the secret key does not belong to its seed: restore the key file from a backup');
  }
  return publicKey;
}

/** @returns the 64-byte signature of `message` by a 64-byte Solana secret key. */
export function signEd25519(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  checkSecretKey(secretKey);
  return new Uint8Array(nodeSign(null, message, privateKey(secretKey.subarray(0, 32))));
}

/**
 * Total: false for anything that is not a signature. As strict as Solana's ed25519 program (no small-order key or
 * nonce), so that what convinces a member also convicts on the chain.
 */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (isSmallOrder(publicKey) || isSmallOrder(signature.subarray(0, 32))) return false;
  try {
    const key = createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, publicKey]), format: 'der', type: 'spki' });
    return nodeVerify(null, message, key, signature);
  } catch {
    return false; // not a point of the curve
  }
}

function isSmallOrder(point: Uint8Array): boolean {
  const y = copyOf(point);
  y[31] &= 0x7f;
  return SMALL_ORDER.has(toHex(y));
}

function privateKey(seed: Uint8Array) {
  return createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}
