import './with-resolvers.js';
import { EventEmitter, once } from 'node:events';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { identify } from '@libp2p/identify';
import type { Libp2p, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import bs58 from 'bs58';
import { createLibp2p } from 'libp2p';
import { concatBytes, sha256 } from '../protocol/bytes.js';
import { type Announcement, signAnnouncement } from '../protocol/commitment.js';
import { publicKeyOfSeed } from '../protocol/ed25519.js';
import { identityFromSecretKey } from './identity.js';
import { P2pNode, packAddresses, type P2pNodeOptions, type PeerMember } from './index.js';

/* What several tests of this folder need; no test is in here. */

export const RUN = new Uint8Array(32).fill(7);
export const PROGRAM = new Uint8Array(32).fill(9);

/** Node keys in ascending order of their public halves: of two, the first one dials. */
export const SECRET_KEYS: readonly Uint8Array[] = [1, 2, 3, 4]
  .map((byte) => new Uint8Array(32).fill(byte))
  .map((seed) => concatBytes(seed, publicKeyOfSeed(seed)))
  .sort((a, b) => Buffer.compare(a.subarray(32), b.subarray(32)));

export function startNode(secretKey: Uint8Array, options: Partial<P2pNodeOptions> = {}): Promise<P2pNode> {
  return P2pNode.create({ secretKey, run: bs58.encode(RUN), listen: ['/ip4/127.0.0.1/tcp/0'], ...options });
}

export function membersOf(nodes: readonly P2pNode[]): PeerMember[] {
  return nodes.map((node, index) => ({ nodeKey: node.nodeKey, index, multiaddr: node.addresses()[0] }));
}

/** Starts `count` nodes that accept all messages and are connected with each other. */
export async function startNetwork(count: number, epoch = 0, options: Partial<P2pNodeOptions> = {}): Promise<P2pNode[]> {
  const nodes = await Promise.all(SECRET_KEYS.slice(0, count).map((key) => startNode(key, options)));
  const members = membersOf(nodes);
  for (const node of nodes) {
    node.setValidators({ announcement: () => 'accept', list: () => 'accept' });
    node.setMembers(members, epoch);
  }
  try {
    await Promise.all(nodes.map((node) => node.waitForPeers(keysOf(nodes), soon())));
    return nodes;
  } catch (error) {
    await stopAll(nodes);
    throw error;
  }
}

export async function stopAll(nodes: readonly P2pNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
}

export function keysOf(nodes: readonly P2pNode[]): Uint8Array[] {
  return nodes.map((node) => node.nodeKey);
}

/** Fails a test that hangs; never reached by one that passes. */
export function soon(): AbortSignal {
  return AbortSignal.timeout(90_000);
}

/** The next emission of an event. */
export async function next<T>(emitter: unknown, event: string): Promise<T> {
  return (await once(emitter as EventEmitter, event, { signal: soon() }))[0] as T;
}

export function announcementOf(secretKey: Uint8Array, index: number, payload: Uint8Array, place: { epoch?: number; round?: number; run?: Uint8Array } = {}): Announcement {
  return signAnnouncement(
    secretKey,
    { program: PROGRAM, run: place.run ?? RUN, epoch: place.epoch ?? 0, round: place.round ?? 0, index },
    {
      payloadHash: sha256(payload),
      payloadSize: payload.length,
      baseHash: new Uint8Array(32),
      stateRootBefore: new Uint8Array(32),
      stateRootAfter: new Uint8Array(32),
      previousCommitment: new Uint8Array(32),
      loss: 1,
      tokens: 1,
    },
  );
}

/** Bytes without a period that any of our chunk sizes shares. */
export function someBytes(length: number, salt = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 11) + (i >> 18) * 7 + salt) & 255;
  return bytes;
}

/**
 * A member that is not one of our nodes: plain libp2p under a member's key that answers a protocol as it likes, for
 * playing the dishonest. Nothing it does is limited.
 */
export async function startImpostor(secretKey: Uint8Array, protocol: string, answer: (stream: Stream) => void): Promise<{ member: Omit<PeerMember, 'index'>; libp2p: Libp2p }> {
  const libp2p = await createLibp2p({
    privateKey: identityFromSecretKey(secretKey).privateKey,
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify() },
  });
  await libp2p.handle(protocol, (stream) => {
    stream.addEventListener('message', () => answer(stream), { once: true });
  });
  const multiaddr = packAddresses(libp2p.getMultiaddrs())[0];
  return { member: { nodeKey: secretKey.slice(32), multiaddr }, libp2p };
}
