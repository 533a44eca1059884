import './with-resolvers.js';
import type { GossipSub } from '@chainsafe/libp2p-gossipsub';
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { identify } from '@libp2p/identify';
import type { Libp2p } from '@libp2p/interface';
import { ping } from '@libp2p/ping';
import { createLibp2p } from 'libp2p';
import type { Admission } from './admission.js';
import { P2pError } from './errors.js';
import { gossipService, topicsOf } from './gossip.js';
import type { Identity } from './identity.js';
import { membersOnly } from './member-list.js';
import type { Libp2pParts, ReachOptions } from './reach/libp2p-parts.js';
import type { Traffic } from './traffic.js';

export interface ListenOptions extends ReachOptions {
  /** The run's `origin`, base58. */
  run: string;
  /** Multiaddrs to listen on, TCP or WebSocket; every interface and a free port unless given. */
  listen?: string[];
  /** Multiaddrs to tell others instead of the detected ones, e.g. of a forwarded port. */
  announce?: string[];
}

export type Node = Libp2p<{ pubsub: GossipSub }>;

/** Starts libp2p with everything a node uses of it. @throws {P2pError} CANNOT_LISTEN. */
export async function startLibp2p(options: ListenOptions, identity: Identity, admission: Admission, traffic: Traffic, parts: Libp2pParts): Promise<Node> {
  const listen = options.listen ?? ['/ip4/0.0.0.0/tcp/0'];
  try {
    return await createLibp2p({
      privateKey: identity.privateKey,
      addresses: { listen, ...(options.announce && { announce: options.announce }) },
      transports: parts.transports(traffic),
      connectionEncrypters: [noise()],
      streamMuxers: [
        yamux({
          maxInboundStreams: 128,
          maxOutboundStreams: 128,
          // by default a peer that asks for a dozen payloads as soon as it is connected loses its muxer, and keeps a dead connection
          maxEarlyStreams: 128,
          // writeAll stops long before its buffer is full, and gossip sets its own
          streamOptions: { maxStreamWindowSize: 4 * 1024 * 1024, maxWriteBufferLength: 8 * 1024 * 1024 },
        }),
      ],
      connectionGater: membersOnly(admission),
      connectionManager: {
        maxPeerAddrsToDial: 4, // as many as are kept of a member on the local network
        maxConnections: 600, // 256 members, twice where both sides dialed at once
        inboundConnectionThreshold: 32, // members behind one address reconnect together
        maxIncomingPendingConnections: 64,
      },
      // a peer whose event loop computes a gradient answers late, and is not gone
      connectionMonitor: { pingTimeout: { minTimeout: 20_000 } },
      nodeInfo: { name: 'psyche-client', userAgent: 'psyche-client' },
      peerDiscovery: parts.discovery(options.run, listen, options, (peerId) => admission.isMember(peerId)),
      services: {
        identify: identify(),
        ping: ping(),
        pubsub: gossipService(topicsOf(options.run), admission.gossip),
        ...parts.services(options, (peerId) => admission.isMember(peerId)),
      },
    });
  } catch (error) {
    throw new P2pError('CANNOT_LISTEN', `cannot listen on ${listen.join(', ')}: choose another address or port`, { cause: error });
  }
}
