import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

/** The connections that this process opens, told apart by the port that they go to. */
export class OutgoingSockets {
  private readonly open = new Set<Socket>();
  private closedUp = 0;
  private closedDown = 0;

  /**
   * @param counted ports whose bytes are counted: the RPC node's.
   * @param onConnect hears of every other connection, by the port here and there.
   */
  constructor(private readonly counted: ReadonlySet<number>, private readonly onConnect: (local: number, remote: number) => void) {
    subscribe('net.client.socket', (message) => {
      const { socket } = message as { socket: Socket };
      socket.once('connect', () => this.connected(socket));
    });
  }

  get bytesUp(): number {
    let bytes = this.closedUp;
    for (const socket of this.open) bytes += socket.bytesWritten;
    return bytes;
  }

  get bytesDown(): number {
    let bytes = this.closedDown;
    for (const socket of this.open) bytes += socket.bytesRead;
    return bytes;
  }

  private connected(socket: Socket): void {
    const { localPort, remotePort } = socket;
    if (localPort === undefined || remotePort === undefined) return;
    if (!this.counted.has(remotePort)) return this.onConnect(localPort, remotePort);
    this.open.add(socket);
    socket.once('close', () => {
      this.open.delete(socket);
      this.closedUp += socket.bytesWritten;
      this.closedDown += socket.bytesRead;
    });
  }
}
