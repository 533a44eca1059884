import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys';
import type { PeerId, PrivateKey } from '@libp2p/interface';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import bs58 from 'bs58';
import { ProtocolError, toHex } from '../protocol/bytes.js';
import { checkSecretKey } from '../protocol/ed25519.js';

/** A node key used as libp2p identity: one key is the member on the chain and the peer on the network. */
export interface Identity {
  privateKey: PrivateKey;
  /** 32 bytes; base58 of it is the Solana address of the node key. */
  nodeKey: Uint8Array;
}

/**
 * @param secretKey the 64 bytes of a Solana `id.json`. Checked here because libp2p takes a 32-byte seed for a
 *   secp256k1 key and accepts a public half that does not belong to the seed.
 * @throws {ProtocolError} BAD_SECRET_KEY.
 */
export function identityFromSecretKey(secretKey: Uint8Array): Identity {
  const nodeKey = checkSecretKey(secretKey);
  const privateKey = privateKeyFromRaw(secretKey);
  if (privateKey.type !== 'Ed25519') throw new ProtocolError('BAD_SECRET_KEY', 'the node key must be an ed25519 key');
  return { privateKey, nodeKey };
}

/** @throws {ProtocolError} BAD_NODE_KEY unless it has 32 bytes. */
export function peerIdOf(nodeKey: Uint8Array): PeerId {
  if (nodeKey.length !== 32) throw new ProtocolError('BAD_NODE_KEY', `a node key has 32 bytes, not ${nodeKey.length}`);
  const publicKey = publicKeyFromRaw(nodeKey);
  if (publicKey.type !== 'Ed25519') throw new ProtocolError('BAD_NODE_KEY', 'a node key is an ed25519 key');
  return peerIdFromPublicKey(publicKey);
}

/** The node key a peer proved it has, or undefined for identities no member can have. */
export function nodeKeyOf(peerId: PeerId): Uint8Array | undefined {
  return peerId.type === 'Ed25519' ? peerId.publicKey.raw : undefined;
}

/** Node keys as map keys. */
export function keyId(nodeKey: Uint8Array): string {
  return toHex(nodeKey);
}

/** A node key as people see it, shortened for messages. */
export function shortName(nodeKey: Uint8Array): string {
  return `${bs58.encode(nodeKey).slice(0, 8)}…`;
}
