import type { PeerId, Upgrader } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { Libp2pOptions } from 'libp2p';
import type { Traffic } from '../traffic.js';
import { holePunching } from './hole-punching.js';
import type { DialingParts } from './knock.js';
import { localDiscovery } from './local-discovery.js';
import { type ReservationStore, relayServer, relayTransport } from './relay-service.js';
import { boundedWebSockets } from './web-socket.js';

/** Of libp2p's book of its own addresses, what is used. */
export interface AddressBook {
  addPublicAddressMapping(internalIp: string, internalPort: number, externalIp: string, externalPort?: number, protocol?: 'tcp'): void;
  confirmObservedAddr(address: Multiaddr, options?: { type: 'ip-mapping' }): void;
}

interface Components extends DialingParts {
  addressManager: AddressBook;
}

export interface ReachOptions {
  /** Carry connections of members that cannot reach each other; true unless given. */
  relay?: boolean;
  /** Find members on the local network by multicast; unless given, where this node listens beyond this machine. */
  localDiscovery?: boolean;
  /** Ask the local network's gateway to pass the listening ports on, by UPnP; false unless given. */
  portMapping?: boolean;
}

/**
 * What libp2p is started with so that members reach each other, and, from then on, the parts of it that this is done
 * with: libp2p hands them to its services and to nobody else.
 */
export class Libp2pParts implements DialingParts {
  transportManager!: DialingParts['transportManager'];
  upgrader!: Upgrader;
  addressManager!: AddressBook;
  reservations!: ReservationStore;

  /** TCP, WebSocket, and through relays; what goes through a relay is counted on the connection to the relay. */
  transports(traffic: Traffic): NonNullable<Libp2pOptions['transports']> {
    return [traffic.counting(tcp()), traffic.counting(boundedWebSockets()), relayTransport((store) => (this.reservations = store))];
  }

  services({ relay }: ReachOptions, isMember: (peerId: PeerId) => boolean) {
    return {
      reach: (components: Components) => this.take(components),
      dcutr: holePunching(isMember),
      ...(relay === false ? {} : { relay: relayServer() }),
    };
  }

  /** @param run the run's origin, base58. @param listen the multiaddrs to listen on. */
  discovery(run: string, listen: readonly string[], options: ReachOptions, isMember: (peerId: PeerId) => boolean): ReturnType<typeof localDiscovery>[] {
    const beyond = listen.some((address) => !/^\/ip(4\/127\.|6\/::1\/)/.test(address));
    return (options.localDiscovery ?? beyond) ? [localDiscovery(run, isMember)] : [];
  }

  private take({ transportManager, upgrader, addressManager }: Components): Record<string, never> {
    Object.assign(this, { transportManager, upgrader, addressManager });
    return {};
  }
}
