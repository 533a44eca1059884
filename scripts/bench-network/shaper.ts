import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Line, type LineSettings, type Link } from './link.js';

/** Bytes of one connection's direction that are on their way; more stay with the sender. */
const WINDOW_BYTES = 512 * 1024;
/** How long a connection may wait until it is known whose it is. */
const OWNER_MS = 30_000;

/**
 * Stands between members of one machine, each of which tells the others this one's ports, and makes them as far apart and
 * their lines as narrow as those of homes: what a member sends goes over its line up, then over the other's line down. Who
 * dialed cannot be read off a connection, so the dialers say which ports they dial from ({@link dialed}).
 */
export class Shaper {
  private readonly lines: Line[];
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly owners = new Map<number, number>();
  private readonly asking = new Map<number, (owner: number) => void>();
  private readonly oneWayMs: number;

  constructor(members: number, settings: LineSettings) {
    this.lines = Array.from({ length: members }, () => new Line(settings));
    this.oneWayMs = settings.roundTripMs / 2;
  }

  /** Opens the port that others reach a member at. @param target where it listens itself */
  async open(member: number, target: number): Promise<number> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => void this.accept(socket, member, target));
    this.servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  /** A member has dialed one of these ports, from this one of its own. */
  dialed(localPort: number, member: number): void {
    const waiting = this.asking.get(localPort);
    this.asking.delete(localPort);
    if (waiting !== undefined) waiting(member);
    else this.owners.set(localPort, member);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private async accept(dialer: Socket, member: number, target: number): Promise<void> {
    this.watch(dialer);
    const owner = await this.ownerOf(dialer.remotePort);
    if (owner === undefined || dialer.destroyed) return void dialer.destroy();
    const listener = this.watch(connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true }));
    dialer.setNoDelay(true);
    const [from, to] = [this.lines[owner], this.lines[member]];
    pump(dialer, listener, from.up, to.down, this.oneWayMs);
    pump(listener, dialer, to.up, from.down, this.oneWayMs);
  }

  private ownerOf(port: number | undefined): Promise<number | undefined> {
    if (port === undefined) return Promise.resolve(undefined);
    const known = this.owners.get(port);
    // A port may be another member's next time.
    this.owners.delete(port);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.asking.delete(port);
        resolve(undefined);
      }, OWNER_MS);
      this.asking.set(port, (owner) => {
        clearTimeout(timer);
        resolve(owner);
      });
    });
  }

  private watch(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  }
}

/** Takes one direction's bytes over both lines, in their order. */
function pump(from: Socket, to: Socket, up: Link, down: Link, oneWayMs: number): void {
  const flow = {};
  let onTheirWay = 0;
  let tail: Promise<unknown> = Promise.resolve();
  from.on('data', (bytes: Buffer) => {
    onTheirWay += bytes.length;
    if (onTheirWay > WINDOW_BYTES) from.pause();
    const across = up.carry(flow, bytes).then(() => delay(oneWayMs));
    tail = tail
      .then(() => across)
      .then(() => down.carry(flow, bytes))
      .then(() => written(to, bytes))
      .then(() => {
        onTheirWay -= bytes.length;
        if (onTheirWay <= WINDOW_BYTES && from.isPaused()) from.resume();
      });
  });
  from.once('end', () => void tail.then(() => to.end()));
  from.once('close', () => void tail.then(() => to.destroySoon()));
  from.resume();
}

function written(to: Socket, bytes: Buffer): Promise<void> {
  if (to.destroyed || to.writableEnded || to.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      to.off('drain', done);
      to.off('close', done);
      resolve();
    };
    to.on('drain', done);
    to.on('close', done);
  });
}
