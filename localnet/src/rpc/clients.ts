import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** What one client may take of a validator that is open to strangers. */
export interface ClientLimits {
  /** Connections at one time, WebSockets among them. */
  readonly connections: number;
  /** Calls a second in the long run; one that runs a transaction or searches accounts counts as ten. */
  readonly callsPerSecond: number;
  /** Calls at once, after a time without any. */
  readonly burst: number;
}

/** Twenty clients of this project behind one router stay well below: each makes a few calls a second. */
export const CLIENT_LIMITS: ClientLimits = { connections: 128, callsPerSecond: 200, burst: 2_000 };

/** Beyond so many addresses, those that have their full allowance are forgotten. */
const SWEEP_AT = 10_000;

interface Client {
  connections: number;
  /** Calls left; below 0 after a large batch. */
  allowance: number;
  /** When `allowance` was true, in milliseconds. */
  at: number;
}

/**
 * Who takes how much, by address; a /64 of IPv6 is one client, as it is one customer. A call is admitted while anything
 * is left of the allowance and may overdraw it, so that a batch is not refused half way.
 */
export class Clients {
  readonly #clients = new Map<string, Client>();
  #sweepAt = SWEEP_AT;

  /** @param now milliseconds of a clock that never goes back */
  constructor(readonly limits: ClientLimits = CLIENT_LIMITS, readonly now: () => number = () => performance.now()) {}

  get size(): number {
    return this.#clients.size;
  }

  /** Whether one more connection is granted; if so, `disconnected` must follow. */
  connected(key: string | null): boolean {
    if (key === null) return true;
    const client = this.#client(key);
    if (client.connections >= this.limits.connections) return false;
    client.connections += 1;
    return true;
  }

  disconnected(key: string | null): void {
    const client = key === null ? undefined : this.#clients.get(key);
    if (client) client.connections -= 1;
  }

  /** Seconds to wait until a call is admitted; 0 if it is. */
  wait(key: string | null): number {
    if (key === null) return 0;
    const { allowance } = this.#client(key);
    return allowance > 0 ? 0 : Math.ceil((1 - allowance) / this.limits.callsPerSecond);
  }

  charge(key: string | null, calls: number): void {
    if (key !== null) this.#client(key).allowance -= calls;
  }

  #client(key: string): Client {
    const now = this.now();
    let client = this.#clients.get(key);
    if (!client) {
      if (this.#clients.size >= this.#sweepAt) this.#sweep(now);
      this.#clients.set(key, (client = { connections: 0, allowance: this.limits.burst, at: now }));
    }
    client.allowance = this.#allowance(client, now);
    client.at = now;
    return client;
  }

  #allowance({ allowance, at }: Client, now: number): number {
    return Math.min(this.limits.burst, allowance + ((now - at) / 1000) * this.limits.callsPerSecond);
  }

  #sweep(now: number): void {
    for (const [key, client] of this.#clients) {
      if (client.connections === 0 && this.#allowance(client, now) >= this.limits.burst) this.#clients.delete(key);
    }
    // Not at every new address, where nobody could be forgotten.
    this.#sweepAt = Math.max(SWEEP_AT, 2 * this.#clients.size);
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address is this machine's own; `localhost` is. */
export function isLoopback(host: string): boolean {
  const address = unmapped(host);
  const family = isIP(address);
  return host === 'localhost' || (family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4'));
}

/** Who is at the other end of a connection; `null` for this machine itself, which has no limits. */
export function clientKey(address: string | undefined): string | null {
  if (address === undefined) return 'unknown';
  const plain = unmapped(address);
  if (isLoopback(plain)) return null;
  return isIPv6(plain) ? network64(plain) : plain;
}

/**
 * Who sent a request. One that comes from this machine was passed on by a reverse proxy if it says for whom: the last
 * address in X-Forwarded-For is the one that the proxy saw itself.
 */
export function clientOf({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): string | null {
  const direct = clientKey(socket.remoteAddress);
  if (direct !== null) return direct;
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',').at(-1)!.trim();
  return isIP(forwarded) ? clientKey(forwarded) : null;
}

const unmapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');

/** The first four groups of an IPv6 address. */
function network64(address: string): string {
  const [head, tail] = address.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4);
  return `${groups.map((g) => g.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
