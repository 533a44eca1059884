// Talks nonsense: bytes without sense on every protocol there is, and as gossip.
import { randomBytes } from 'node:crypto';
import { clientModule, harass, quietly } from './patch.js';

const PROTOCOLS = ['/psyche/payload/1', '/psyche/model/1', '/psyche/announcements/1', '/psyche/dial-back/1', '/meshsub/1.2.0', '/meshsub/1.1.0', '/ipfs/id/1.0.0', '/ipfs/ping/1.0.0'];
const { ANNOUNCEMENT_BYTES } = await clientModule('protocol/commitment.js');

interface PubSub {
  getTopics(): string[];
  publish(topic: string, bytes: Uint8Array): Promise<unknown>;
}

await harass(500, async (connection, libp2p) => {
  for (const protocol of PROTOCOLS) {
    await quietly(async () => {
      const stream = await connection.newStream(protocol, { maxOutboundStreams: 1000 });
      stream.send(randomBytes(1 + Math.floor(Math.random() * 60_000)));
      await stream.close();
    });
  }
  const pubsub = (libp2p.services as { pubsub: PubSub }).pubsub;
  for (const topic of pubsub.getTopics()) {
    for (const size of [ANNOUNCEMENT_BYTES, 1 + Math.floor(Math.random() * 2000)]) await quietly(() => pubsub.publish(topic, randomBytes(size)));
  }
});
