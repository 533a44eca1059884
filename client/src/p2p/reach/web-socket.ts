import type { Listener, Transport } from '@libp2p/interface';
import { webSockets } from '@libp2p/websockets';
import type { Multiaddr } from '@multiformats/multiaddr';
import { WebSocket, type WebSocketServer } from 'ws';
import { endpointOf } from '../addresses.js';
import { P2pError } from '../errors.js';

/**
 * Bytes of one WebSocket message, which is held in memory whole before anyone has said who it is. noise sends at most
 * 65,535 at once; ws would take 100 MiB, and Node's own WebSocket any number.
 */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/**
 * What ends a connection is told by its closing. An error that nobody listens for would end the process, and libp2p listens
 * for none: a frame that is too long or makes no sense would be enough, from anybody.
 */
class SturdyWebSocket extends WebSocket {
  protected readonly heard = this.on('error', () => {});
}

/** Of libp2p's transport and its listener, what is exchanged here: present in 10.1.21, looked for before use. */
interface Internals {
  _connect: (address: Multiaddr, options?: { signal?: AbortSignal }) => Promise<WebSocket>;
}
interface ListenerInternals {
  wsServer?: WebSocketServer;
}

/** libp2p's WebSocket transport with bounded messages, on every Node (20 has no WebSocket of its own). */
export function boundedWebSockets(): (components: Parameters<ReturnType<typeof webSockets>>[0]) => Transport {
  const create = webSockets();
  return (components) => {
    const transport = create(components);
    (transport as unknown as Internals)._connect = connect;
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options) => bounded(createListener(options));
    return transport;
  };
}

function bounded(listener: Listener): Listener {
  const server = (listener as ListenerInternals).wsServer;
  if (server === undefined) throw new Error('the WebSocket listener is not as in version 10.1.21: its messages would be unbounded');
  server.options.maxPayload = MAX_MESSAGE_BYTES;
  server.options.WebSocket = SturdyWebSocket;
  return listener;
}

/** Opens one, or fails with what the server or the network said. */
async function connect(address: Multiaddr, options: { signal?: AbortSignal } = {}): Promise<WebSocket> {
  const endpoint = endpointOf(address);
  if (endpoint === undefined) throw new P2pError('BAD_ADDRESS', `${address.toString()} is not a host and a port`);
  const { signal } = options;
  signal?.throwIfAborted();
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const socket = new SturdyWebSocket(`${endpoint.transport}://${host}:${endpoint.port}`, { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  socket.binaryType = 'arraybuffer';
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      socket.terminate();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    const settled = (): void => signal?.removeEventListener('abort', onAbort);
    socket.once('open', () => {
      settled();
      resolve();
    });
    socket.once('error', (error) => {
      settled();
      reject(error);
    });
  });
  return socket;
}
