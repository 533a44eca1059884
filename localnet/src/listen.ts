import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PsycheError } from '../../client/src/errors.js';
import { isLoopback } from './rpc/clients.js';

/** The address or the ports cannot be listened on. */
export class ListenError extends PsycheError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('LISTEN', message, options);
  }
}

const ATTEMPTS = 50;

/**
 * Whether there is a faucet. Whoever reaches it can empty it, so no stranger may.
 *
 * @throws ListenError for an address that others can reach, unless that was asked for, and then if a faucet was, too
 */
export function assertReachable(host: string, allowRemote: boolean, faucet: boolean | undefined): boolean {
  if (!allowRemote && !isLoopback(host)) {
    throw new ListenError(
      `${host} can be reached from other machines: add --allow-remote if that is what you want. The faucet is off then; `
      + '--mint ADDRESS gives the SOL of a new chain to a key of yours',
    );
  }
  if (allowRemote && faucet) {
    throw new ListenError('there is no faucet with --allow-remote: strangers would empty it. Fund a key of yours with --mint ADDRESS');
  }
  return faucet ?? !allowRemote;
}

/**
 * Lets the first server listen on `port` and the second on the one after it; with port 0, on a free pair. Gives the first
 * port.
 */
export async function listenInPair(first: Server, second: Server, host: string, port: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    let taken = port;
    try {
      taken = await listen(first, host, port);
      await listen(second, host, taken + 1);
      return taken;
    } catch (cause) {
      if (first.listening) await new Promise((resolve) => first.close(resolve));
      const { code } = cause as NodeJS.ErrnoException;
      const busy = code === 'EADDRINUSE' || code === 'ERR_SOCKET_BAD_PORT';
      if (port === 0 && busy && attempt < ATTEMPTS) continue;
      const why = busy ? `ports ${port} and ${port + 1} are not both free: choose others with --port` : String(cause);
      throw new ListenError(`cannot listen on ${host}: ${why}`, { cause });
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
