import { sha256 } from '../../protocol/bytes.js';

/**
 * The order in which relays serve a member, the same for everybody (rendezvous hashing): a member reserves with the
 * first of them that it is connected to, others ask the first of them that they are connected to, and so they meet
 * without a word on the chain; members are shared out evenly, and one relay's going moves only those it served.
 */
export function inOrderFor(member: Uint8Array, relays: readonly Uint8Array[]): Uint8Array[] {
  return relays
    .map((relay) => ({ relay, place: Buffer.from(sha256(member, relay)) }))
    .sort((a, b) => Buffer.compare(a.place, b.place))
    .map(({ relay }) => relay);
}
