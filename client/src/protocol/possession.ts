import { sha256 } from './bytes.js';

/** One payload's part of the digest: it takes both the payload and the witness's key to know it. */
export function possessionMark(witnessKey: Uint8Array, payload: Uint8Array): Uint8Array {
  return sha256(witnessKey, payload);
}

/**
 * What a witness's vote says about the payloads it holds (protocol 3.4): sha256 over the marks of the accepted
 * payloads in order of index. An audit recomputes it from the payloads, so a vote copied from another shows.
 *
 * @param witnessKey the voter's node key, 32 bytes.
 * @param payloads the accepted payloads in order of index.
 */
export function possessionDigest(witnessKey: Uint8Array, payloads: Iterable<Uint8Array>): Uint8Array {
  return sha256(...Array.from(payloads, (payload) => possessionMark(witnessKey, payload)));
}
