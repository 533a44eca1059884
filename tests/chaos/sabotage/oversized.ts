// Sends more than anybody asked for: answers without end, gossip frames that claim to be a gigabyte, requests for everything.
import { clientModule, harass, quietly } from './patch.js';
import type { Stream } from '@libp2p/interface';

const PIECE = new Uint8Array(1 << 20).fill(0x55);
const PIECES = 64;

async function flood(stream: Stream, head: Uint8Array): Promise<void> {
  await quietly(async () => {
    stream.send(head);
    for (let i = 0; i < PIECES && stream.status === 'open'; i++) if (!stream.send(PIECE)) await stream.onDrain();
  });
}

const { PayloadExchange } = await clientModule('p2p/payload-exchange.js');
PayloadExchange.prototype.serve = async (stream: Stream): Promise<void> => {
  const head = Buffer.alloc(9);
  head.writeBigUInt64LE(1n << 40n, 1);
  stream.addEventListener('message', () => void flood(stream, head), { once: true });
};

/** A varint of 2^30: the length of what never comes. */
const GIGABYTE = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x04);
/** A request for 4 GiB from the end of everything. */
const REQUEST = new Uint8Array(45).fill(0xff);

await harass(1_000, async (connection) => {
  for (const [protocol, head] of [['/meshsub/1.2.0', GIGABYTE], ['/psyche/payload/1', REQUEST], ['/psyche/model/1', REQUEST], ['/psyche/announcements/1', REQUEST]] as const) {
    await quietly(async () => void flood(await connection.newStream(protocol, { maxOutboundStreams: 1000 }), head));
  }
});
