import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import type { PeerId, Transport } from '@libp2p/interface';

/**
 * What a member carries for two others that cannot reach each other, over one relayed connection in both directions
 * together. It is meant for finding a direct way and for small payloads: gossip reaches both ends through the relay
 * anyway, and parameters are never pulled through one.
 */
export const RELAY_LIMITS = {
  /** Bytes. */
  data: 64n * 1024n * 1024n,
  /** Milliseconds; whoever is still relayed connects anew. */
  duration: 30 * 60_000,
  /** Milliseconds a reservation lasts unless renewed; clients renew five minutes before. */
  reservation: 30 * 60_000,
  /** Reservations at once: the members of a run. */
  reservations: 256,
  /** Relayed connections that one member can have through another at once, whichever end opened them. */
  perMember: 32,
};

/** The relay's side. Who may reserve and connect is the connection gater's to say. */
export const relayServer = () =>
  circuitRelayServer({
    reservations: {
      maxReservations: RELAY_LIMITS.reservations,
      reservationTtl: RELAY_LIMITS.reservation,
      defaultDataLimit: RELAY_LIMITS.data,
      defaultDurationLimit: RELAY_LIMITS.duration,
    },
    maxInboundHopStreams: RELAY_LIMITS.perMember,
    maxOutboundStopStreams: RELAY_LIMITS.perMember,
  });

/** libp2p's store of this node's own reservations with others, as far as it is used here. */
export interface ReservationStore extends EventTarget {
  /** @throws when the relay refuses or is not connected directly. */
  addRelay(relay: PeerId, type: 'configured'): Promise<unknown>;
  hasReservation(relay: PeerId): boolean;
}

/**
 * The transport that dials through relays and takes connections that come through one.
 *
 * @param onStore is given the transport's store of reservations when libp2p has made it: through the addresses libp2p
 *   listens on, reservations could be asked for but, once lost, not again.
 */
export function relayTransport(onStore: (store: ReservationStore) => void): (components: Parameters<ReturnType<typeof circuitRelayTransport>>[0]) => Transport {
  const create = circuitRelayTransport({
    // it would look at each new peer as a relay it might need, and take the turn of reservations that are needed
    discoveryFilter: { has: () => true, add: () => {}, remove: () => {} },
    maxInboundStopStreams: RELAY_LIMITS.perMember,
    maxOutboundStopStreams: RELAY_LIMITS.perMember,
  });
  return (components) => {
    const transport = create(components);
    onStore((transport as unknown as { reservationStore: ReservationStore }).reservationStore);
    return transport;
  };
}
