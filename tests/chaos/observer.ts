import { generateKeyPair } from '@libp2p/crypto/keys';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { identify } from '@libp2p/identify';
import type { Libp2p } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { AnnouncementExchange } from '../../client/src/p2p/announcement-exchange.js';
import { PaceBook } from '../../client/src/p2p/pace.js';
import { peerIdOf } from '../../client/src/p2p/identity.js';
import type { Announcement } from '../../client/src/protocol/commitment.js';
import type { ChaosClient } from './client.js';
import type { ChaosNetwork } from './network.js';

/** A libp2p node with a key that nobody has on a list. */
export async function strangerNode(): Promise<Libp2p> {
  return createLibp2p({
    privateKey: await generateKeyPair('Ed25519'),
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { maxConnections: 10_000 },
    services: { identify: identify() },
  });
}

/** Where a stranger dials a client: its port itself, not the link before it. */
export const addressOf = (client: ChaosClient): Multiaddr =>
  multiaddr(`/ip4/127.0.0.1/tcp/${client.port}/p2p/${peerIdOf(client.who.node.publicKey.toBytes()).toString()}`);

/** Watches a run from outside, as a dashboard does. */
export const Observer = {
  /** The announcements of a round that a client knows. */
  async ask(net: ChaosNetwork, client: ChaosClient, epoch: number, round: number): Promise<Announcement[]> {
    const node = await strangerNode();
    try {
      const connection = await node.dial(addressOf(client), { signal: net.signal });
      const paces = new PaceBook();
      const exchange = new AnnouncementExchange({
        open: (_key, protocol, signal) => connection.newStream(protocol, { signal }),
        offence: () => {},
        pace: (key) => paces.of(key),
      });
      return (await exchange.fetch(epoch, round, client.who.node.publicKey.toBytes(), net.signal)).announcements;
    } finally {
      await node.stop();
    }
  },
};
