import bs58 from 'bs58';
import type { Command } from 'commander';
import { describeReach, type P2pNode, type P2pNodeOptions, type ReachReport } from '../../p2p/index.js';
import type { EventSink } from '../../round/events.js';
import { collect } from '../common/collect.js';

/** How a node is to be found by others; `join` and `doctor` take the same. */
export interface NetworkFlags {
  listen: string[];
  announce: string[];
  portMapping: boolean;
  localDiscovery: boolean;
  relay: boolean;
}

/** Adds those options to a command. */
export function networkOptions(command: Command): Command {
  return command
    .option('--listen <multiaddr>', 'where to listen for peers, e.g. /ip4/0.0.0.0/tcp/9000 or …/tcp/9001/ws; may be repeated (default: /ip4/0.0.0.0/tcp/0, any free port)', collect, [])
    .option('--announce <multiaddr>', 'where peers reach this node, if not where it listens; may be repeated', collect, [])
    .option('--no-port-mapping', 'do not ask the router by UPnP to pass the port on')
    .option('--no-local-discovery', 'do not look for members on the local network by multicast DNS')
    .option('--no-relay', 'do not carry connections of members that cannot reach each other');
}

/** The flags as the node takes them. */
export function networkOf({ listen, announce, portMapping, localDiscovery, relay }: NetworkFlags): Omit<P2pNodeOptions, 'secretKey' | 'run'> {
  return {
    ...(listen.length > 0 ? { listen } : {}),
    ...(announce.length > 0 ? { announce } : {}),
    portMapping,
    relay,
    // where it makes sense, unless it is not wanted
    ...(localDiscovery ? {} : { localDiscovery }),
  };
}

/** Tells, each time it changes, whether others can reach this node, and what to do where they cannot. */
export function reportReach(p2p: P2pNode, emit: EventSink): void {
  let told = '';
  p2p.on('reach', (report: ReachReport) => {
    const { verdict, confirmed, relays } = report;
    const news = JSON.stringify([verdict, confirmed[0], relays.map((relay) => Buffer.from(relay).toString('hex'))]);
    if (verdict === 'unknown' || news === told) return;
    told = news;
    const { text, advice } = describeReach(report);
    emit(advice === undefined ? { event: 'info', message: text } : { event: 'warning', code: 'NOT_REACHABLE', message: `${text}: ${advice}` });
  });
}

/** Tells of each member that this node talks to no more for a while, and why. */
export function reportBans(p2p: P2pNode, emit: EventSink): void {
  p2p.on('barred', ({ nodeKey, error, milliseconds }) => {
    const minutes = Math.ceil(milliseconds / 60_000);
    emit({ event: 'warning', code: 'PEER_BANNED', message: `member ${bs58.encode(nodeKey)} is refused for ${minutes} minutes: ${error.message}` });
  });
}
