import '../../client/src/p2p/with-resolvers.js';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { Libp2p } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';

const PROTOCOL = '/psyche/bench/stream/1';
const PIECE_BYTES = 256 * 1024;

/**
 * What model sharing is compared with: one stream of the same stack (TCP, noise, yamux with the same window) that carries
 * the same bytes into the newcomer's memory, where nobody asks for them piece by piece, checks them or puts them on disk.
 *
 * @param content what this process gives whoever asks; for the newcomer nothing
 */
export async function startPlain(content: Uint8Array = new Uint8Array(0)): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: 4 * 1024 * 1024 } })],
    connectionGater: { denyDialMultiaddr: () => false },
  });
  await libp2p.handle(PROTOCOL, (stream) => {
    const pour = async (): Promise<void> => {
      for (let at = 0; at < content.length; at += PIECE_BYTES) {
        if (!stream.send(content.subarray(at, at + PIECE_BYTES))) await stream.onDrain();
      }
      await stream.close();
    };
    pour().catch((error: Error) => stream.abort(error));
  });
  return libp2p;
}

/** Takes all that the process at an address has to give, `bytes` of it. */
export async function takePlain(libp2p: Libp2p, address: string, bytes: number): Promise<void> {
  const stream = await libp2p.dialProtocol(multiaddr(address), PROTOCOL);
  const content = new Uint8Array(bytes);
  let got = 0;
  await new Promise<void>((resolve, reject) => {
    stream.addEventListener('message', ({ data }) => {
      for (const part of data instanceof Uint8Array ? [data] : data) {
        content.set(part, got);
        got += part.length;
      }
      if (got >= bytes) resolve();
    });
    stream.addEventListener('close', () => reject(new Error(`the stream ended after ${got} of ${bytes} bytes`)));
  });
  await stream.close();
}
