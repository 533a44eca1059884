import '../../client/src/p2p/with-resolvers.js';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { Libp2p } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';

const PROTOCOL = '/psyche/bench/stream/1';
const PIECE = new Uint8Array(256 * 1024);

/**
 * What model sharing is compared with: one stream of the same stack (TCP, noise, yamux with the same window) that carries
 * bytes one way, which nobody asks for piece by piece, checks or keeps.
 */
export async function startPlain(): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: 4 * 1024 * 1024 } })],
    connectionGater: { denyDialMultiaddr: () => false },
  });
  await libp2p.handle(PROTOCOL, (stream) => {
    stream.addEventListener('message', ({ data }) => {
      let left = Number(Buffer.from(data.subarray()).readBigUInt64LE());
      const pour = async (): Promise<void> => {
        for (; left > 0; left -= PIECE.length) {
          if (!stream.send(PIECE.subarray(0, Math.min(left, PIECE.length)))) await stream.onDrain();
        }
        await stream.close();
      };
      pour().catch((error: Error) => stream.abort(error));
    }, { once: true });
  });
  return libp2p;
}

/** Takes `bytes` from a process that {@link startPlain} runs in. */
export async function takePlain(libp2p: Libp2p, address: string, bytes: number): Promise<void> {
  const stream = await libp2p.dialProtocol(multiaddr(address), PROTOCOL);
  let got = 0;
  await new Promise<void>((resolve, reject) => {
    stream.addEventListener('message', ({ data }) => {
      got += data.byteLength;
      if (got >= bytes) resolve();
    });
    stream.addEventListener('close', () => reject(new Error(`the stream ended after ${got} of ${bytes} bytes`)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes));
    stream.send(new Uint8Array(length));
  });
  await stream.close();
}
