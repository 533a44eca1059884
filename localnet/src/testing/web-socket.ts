import type { Connection } from '@solana/web3.js';

/** web3.js goes on connecting for ever to a server that has gone, and keeps the process alive with it. */
export function closeWebSocket(connection: Connection): void {
  const socket = (connection as unknown as { _rpcWebSocket: { reconnect: boolean; close(): void } })._rpcWebSocket;
  socket.reconnect = false;
  socket.close();
}
