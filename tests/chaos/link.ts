import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Access, Path } from './access.js';
import { connectStallMs } from './loss.js';
import { Pipe } from './pipe.js';

export interface LinkOptions {
  /** Where the machine behind this link really listens, on 127.0.0.1. */
  port: number;
  /** The line of the machine behind it. */
  server: Access;
  /** The line of whoever connects. @param port that the connection comes from */
  client(port: number): Access;
  random: () => number;
}

/** A connection through a link: two sockets, two directions. */
class Connection {
  private readonly there: Pipe;
  private readonly back: Pipe;
  private readonly paths: readonly Path[];
  private readonly review = (): void => {
    if (this.paths.some((path) => path.state === 'cut')) return this.reset();
    this.there.review();
    this.back.review();
  };

  constructor(
    private readonly near: Socket,
    private readonly far: Socket,
    private readonly accesses: readonly [client: Access, server: Access],
    random: () => number,
    onClose: () => void,
  ) {
    const [client, server] = accesses;
    const [there, back] = (this.paths = [new Path(client, server, random), new Path(server, client, random)]);
    there.holdUntil(performance.now() + connectStallMs(there.loss, back.loss, random));
    this.there = new Pipe(near, far, there);
    this.back = new Pipe(far, near, back);
    for (const access of accesses) access.on('change', this.review);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.reset());
      socket.on('close', () => {
        if (!near.destroyed || !far.destroyed) return;
        this.release();
        onClose();
      });
    }
  }

  get bytes(): number {
    return this.there.bytes + this.back.bytes;
  }

  /** As a machine that is gone, or a router that forgot the connection. */
  reset(): void {
    this.release();
    for (const socket of [this.near, this.far]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  private release(): void {
    for (const access of this.accesses) access.off('change', this.review);
    this.there.close();
    this.back.close();
  }
}

/**
 * A TCP proxy that stands between peers, or before an RPC node, and makes the way there as slow, narrow or lossy as both
 * sides' lines are; in this process, without privileges. Nobody sees it: a client announces the link's port for its own.
 */
export class Link {
  private readonly connections = new Set<Connection>();
  private past = 0;

  private constructor(
    private readonly server: Server,
    private readonly options: LinkOptions,
  ) {
    server.on('connection', (socket) => this.accept(socket));
  }

  static async open(options: LinkOptions): Promise<Link> {
    const server = createServer({ allowHalfOpen: true });
    const link = new Link(server, options);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return link;
  }

  /** Where others connect. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** All that came through, both ways, bytes. */
  get bytes(): number {
    return [...this.connections].reduce((sum, { bytes }) => sum + bytes, this.past);
  }

  /** Ends all connections, once: a router that was restarted. */
  reset(): void {
    for (const connection of [...this.connections]) connection.reset();
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.reset();
    await closed;
  }

  private accept(socket: Socket): void {
    const { server, port, random } = this.options;
    socket.on('error', () => {});
    if (socket.remotePort === undefined) return void socket.destroy();
    const client = this.options.client(socket.remotePort);
    if (client.state === 'cut' || server.state === 'cut') return void socket.resetAndDestroy();
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const connection: Connection = new Connection(socket, far, [client, server], random, () => {
      this.past += connection.bytes;
      this.connections.delete(connection);
    });
    this.connections.add(connection);
  }
}
