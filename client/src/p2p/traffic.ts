import type { Socket } from 'node:net';
import type { MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface';

/**
 * Counts what a node's peer connections really carry: every byte given to and taken from their TCP sockets, so payloads,
 * gossip with all its copies, handshakes, pings and the framing of noise and yamux; not the headers of TCP and IP.
 */
export class Traffic {
  private readonly open = new Set<Socket>();
  private closedUp = 0;
  private closedDown = 0;

  get bytesUp(): number {
    let sum = this.closedUp;
    for (const socket of this.open) sum += socket.bytesWritten;
    return sum;
  }

  get bytesDown(): number {
    let sum = this.closedDown;
    for (const socket of this.open) sum += socket.bytesRead;
    return sum;
  }

  /** The same transport, with its connections counted, whichever side opened them. */
  counting<C>(create: (components: C) => Transport): (components: C) => Transport {
    return (components) => {
      const transport = create(components);
      const dial = transport.dial.bind(transport);
      const createListener = transport.createListener.bind(transport);
      transport.dial = (address, options) => dial(address, { ...options, upgrader: this.watching(options.upgrader) });
      transport.createListener = (options) => createListener({ ...options, upgrader: this.watching(options.upgrader) });
      return transport;
    };
  }

  /** The upgrader is where a transport hands over each new raw connection. */
  private watching(upgrader: Upgrader): Upgrader {
    return {
      upgradeInbound: (connection, options) => {
        this.watch(connection);
        return upgrader.upgradeInbound(connection, options);
      },
      upgradeOutbound: (connection, options) => {
        this.watch(connection);
        return upgrader.upgradeOutbound(connection, options);
      },
      createInboundAbortSignal: (signal) => upgrader.createInboundAbortSignal(signal),
      getConnectionEncrypters: () => upgrader.getConnectionEncrypters(),
      getStreamMuxers: () => upgrader.getStreamMuxers(),
    };
  }

  private watch(connection: MultiaddrConnection): void {
    // not part of libp2p's interface, but of every version of its TCP transport, and of ws under the WebSocket one
    const inner = connection as unknown as { socket?: Socket; websocket?: { _socket?: Socket } };
    const socket = inner.socket ?? inner.websocket?._socket;
    if (socket === undefined || socket.destroyed) return;
    this.open.add(socket);
    socket.once('close', () => {
      this.open.delete(socket);
      this.closedUp += socket.bytesWritten;
      this.closedDown += socket.bytesRead;
    });
  }
}
