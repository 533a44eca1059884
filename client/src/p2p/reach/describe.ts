import { shortName } from '../identity.js';
import type { ReachReport } from './reach.js';

/** A report in words, and whether something should be done about it. */
export interface ReachAdvice {
  fine: boolean;
  /** One sentence: how things are, and, where they are not fine, what to change. */
  text: string;
}

/** What an operator is told of the way others reach this node. */
export function describeReach(report: ReachReport): ReachAdvice {
  const { verdict, confirmed, addresses, relays, asked } = report;
  const members = asked === 1 ? 'the one member that tried' : `all ${asked} members that tried`;
  if (verdict === 'unknown') {
    const where = addresses[0] === undefined ? 'no address' : addresses[0];
    return { fine: true, text: `nobody has tried yet whether this machine can be reached (at ${where})` };
  }
  const first = confirmed[0] === undefined ? '' : `${confirmed[0].host}, port ${confirmed[0].port}`;
  if (verdict === 'reachable') return { fine: true, text: `reachable at ${first}: ${members} got through` };
  if (verdict === 'some') {
    return { fine: false, text: `reachable at ${first} for a part of the ${asked} members that tried: ${wayOut(report)}${found(relays)}` };
  }
  if (asked === 0) return { fine: false, text: `this machine listens for nobody${found(relays)}` };
  return { fine: false, text: `not reachable from outside, as ${members} found: ${wayOut(report)}${found(relays)}` };
}

const found = (relays: readonly Uint8Array[]): string =>
  relays.length === 0 ? '; until then only members that can be dialed are connected with this one' : `; until then others find it through ${relays.map(shortName).join(' and ')}`;

function wayOut({ mapping, observed, addresses }: ReachReport): string {
  const port = /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1];
  const forward = `let the router pass TCP port ${port ?? 'N'} on to this machine, and any firewall let it in (with --listen /ip4/0.0.0.0/tcp/${port ?? 'N'}, so that it stays the same)`;
  if (mapping?.mapped.length) {
    return `the gateway maps the port, but nothing comes through; it is ${mapping.externalHost} and members see ${observed[0]}: ask the provider for a public address, or rent a machine that has one`;
  }
  return forward;
}
