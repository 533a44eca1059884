import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PsycheError } from '../../client/src/errors.js';

/** The ports cannot be listened on. */
export class ListenError extends PsycheError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('LISTEN', message, options);
  }
}

const ATTEMPTS = 50;

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
