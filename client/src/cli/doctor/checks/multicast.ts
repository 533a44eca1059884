import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { type Check, ok, skipped, warning } from '../check.js';

const GROUP = '224.0.0.251';
const PORT = 5353;
const PATIENCE_MS = 2_000;

/** Whether multicast works here, by which members on one network find each other. */
export const multicast: Check = {
  name: 'multicast',
  async run({ flags }, signal) {
    if (!flags.localDiscovery) return skipped('not tried, with --no-local-discovery');
    const failed = await hearSelf(signal);
    if (failed === undefined) return ok('members on the local network will be found');
    return warning(`multicast DNS does not work here: ${failed}`, `matters only with other members on this network: let the firewall accept UDP port ${PORT}`);
  },
};

/** Sends a query that nobody answers and waits until it comes back. @returns why it did not. */
function hearSelf(signal: AbortSignal): Promise<string | undefined> {
  // a DNS message: one question, PTR, for a name that is nobody's
  const label = randomBytes(12).toString('hex');
  const name = Buffer.concat(['_' + label, '_udp', 'local'].map((part) => Buffer.from([part.length, ...Buffer.from(part)])));
  const query = Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), name, Buffer.from([0, 0, 12, 0, 1])]);
  return new Promise((resolve) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    const finish = (reason?: string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners('message');
      socket.close();
      resolve(reason);
    };
    const onAbort = (): void => finish('interrupted');
    const timer = setTimeout(() => finish('what is sent to the group does not come back'), PATIENCE_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', (error) => finish(error.message));
    socket.on('message', (message) => {
      if (message.equals(query)) finish();
    });
    socket.bind(PORT, () => {
      try {
        socket.addMembership(GROUP);
        socket.setMulticastLoopback(true);
        socket.send(query, PORT, GROUP, (error) => error && finish(error.message));
      } catch (error) {
        finish(error instanceof Error ? error.message : String(error));
      }
    });
  });
}
