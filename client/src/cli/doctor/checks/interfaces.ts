import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Scope, scopeOf } from '../../../p2p/index.js';
import { type Check, failure, ok } from '../check.js';

/** What kinds of addresses this machine has; a private one alone means that there is a router in between. */
export const interfaces: Check = {
  name: 'addresses',
  run: () => Promise.resolve(judge(networkInterfaces())),
};

export function judge(found: ReturnType<typeof networkInterfaces>) {
  const hosts = Object.values(found)
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith('fe80:'))
    .map(({ address }) => address);
  const of = (scope: Scope): string[] => hosts.filter((host) => scopeOf(host) === scope);
  const [open, closed] = [of('public'), of('private')];
  if (open.length > 0) {
    const family = open.every(isIPv6) ? ' (IPv6 only: members without it cannot use it)' : '';
    return ok(`public: ${open.join(', ')}${family}${closed.length > 0 ? `; local: ${closed.join(', ')}` : ''}`, hosts);
  }
  if (closed.length > 0) return ok(`local only: ${closed.join(', ')}; a router stands between this machine and the internet`, hosts);
  return failure('this machine has no address on any network', 'connect it to a network', hosts);
}
