import { shortName } from '../identity.js';
import type { ReachReport } from './reach.js';

/** A report in words, and what should be done about it. */
export interface ReachAdvice {
  /** How things are. */
  text: string;
  /** What to change; `undefined`: nothing. */
  advice?: string;
}

/** What an operator is told of the way others reach this node. */
export function describeReach(report: ReachReport): ReachAdvice {
  const { verdict, from, confirmed, addresses, relays, asked } = report;
  if (verdict === 'unknown') {
    return { text: `nobody has tried yet whether this machine can be reached${addresses[0] === undefined ? '' : ` at ${addresses[0]}`}` };
  }
  const where = { public: '', private: ' on the local network', loopback: ' on this machine' }[from ?? 'public'];
  const members = `${asked === 1 ? 'the one member' : `all ${asked} members`}${where} that tried`;
  // Members that see it at different addresses confirm none.
  const first = confirmed[0] === undefined ? 'several addresses' : `${confirmed[0].host}, port ${confirmed[0].port}`;
  if (verdict === 'reachable') {
    return { text: `reachable at ${first}: ${members} got through${from === 'public' ? '' : '; nobody from outside has tried yet'}` };
  }
  if (verdict === 'some') return { text: `reachable at ${first}, but for a part only of the ${asked} members${where} that tried${found(relays)}`, advice: wayOut(report) };
  if (asked === 0) return { text: `this node listens for nobody${found(relays)}`, advice: 'leave --listen away, or give it an address to listen on' };
  return { text: `not reachable, as ${members} found${found(relays)}`, advice: wayOut(report) };
}

const found = (relays: readonly Uint8Array[]): string =>
  relays.length === 0 ? '; it is connected only with members that it can dial itself' : `; others find it through ${relays.map(shortName).join(' and ')}`;

function wayOut({ mapping, observed, addresses, from }: ReachReport): string {
  const port = /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1] ?? 'N';
  if (mapping !== undefined && mapping.mapped.length > 0) {
    return `the router passes the port on, but nothing comes through: it has the address ${mapping.externalHost}, and members see ${observed[0]}. Ask the provider for a public address, or use a machine that has one`;
  }
  if (from !== 'public') return `let this machine's firewall accept TCP port ${port}`;
  return `let the router pass TCP port ${port} on to this machine and its firewall accept it, and join with --listen /ip4/0.0.0.0/tcp/${port}, so that it stays the same`;
}
