import type { Libp2p, PeerId } from '@libp2p/interface';
import { bytesEqual } from '../../protocol/bytes.js';
import { keyId, nodeKeyOf, peerIdOf, shortName } from '../identity.js';
import { isDirect } from './connections.js';
import type { ReservationStore } from './relay-service.js';
import { inOrderFor } from './rendezvous.js';

/** Relays to be found through: another remains when one goes. */
const WANTED = 2;

/** A relay that refused or failed is left alone for so long, milliseconds. */
const RETRY_MS = 30_000;

/**
 * Keeps this node findable through relays while it cannot be dialed: holds {@link WANTED} reservations with members it
 * is connected to, and makes another when one is lost. A reservation lives as long as the connection it was made over.
 */
export class Reservations {
  private wanted = false;
  private filling: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly failed = new Map<string, number>();

  /**
   * @param self this node's key.
   * @param candidates members that anybody could reach, as far as the chain says.
   * @param onChange hears when a reservation was made or lost.
   * @param now milliseconds of any clock that only goes forward.
   */
  constructor(
    private readonly libp2p: Libp2p,
    private readonly store: ReservationStore,
    private readonly self: Uint8Array,
    private readonly candidates: () => readonly Uint8Array[],
    private readonly onChange: () => void,
    private readonly log: (message: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {
    store.addEventListener('relay:removed', () => {
      this.onChange();
      this.look();
    });
  }

  /** Whether relays are needed. What is reserved when they no longer are runs out by itself. */
  want(wanted: boolean): void {
    this.wanted = wanted;
    this.look();
  }

  /** Node keys of the relays with a reservation of this node, in the order others try them. */
  relays(): Uint8Array[] {
    return inOrderFor(this.self, this.candidates().filter((nodeKey) => this.store.hasReservation(peerIdOf(nodeKey))));
  }

  /** Looks again for what is missing: connections or members have changed. */
  look(): void {
    if (this.stopped || !this.wanted) return;
    this.again = true;
    this.filling ??= this.fill().finally(() => (this.filling = undefined));
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async fill(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      for (const relay of this.untried()) {
        if (this.relays().length >= WANTED || this.stopped) break;
        await this.reserve(relay);
      }
    }
    if (this.relays().length < WANTED && this.failed.size > 0) this.lookLater();
  }

  private async reserve(relay: Uint8Array): Promise<void> {
    try {
      await this.store.addRelay(peerIdOf(relay), 'configured');
      if (!this.stopped) this.onChange();
    } catch (error) {
      this.failed.set(keyId(relay), this.now());
      this.log(`${shortName(relay)} is no relay for this node: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Members that this node dialed, and so others can, too; first those it would be looked for at. */
  private untried(): Uint8Array[] {
    for (const [id, at] of this.failed) if (this.now() - at >= RETRY_MS) this.failed.delete(id);
    const dialed = new Set(this.libp2p.getConnections().filter((c) => c.direction === 'outbound' && isDirect(c)).map((c) => idOf(c.remotePeer)));
    return inOrderFor(this.self, this.candidates()).filter((nodeKey) => {
      const id = keyId(nodeKey);
      return dialed.has(id) && !this.failed.has(id) && !bytesEqual(nodeKey, this.self) && !this.store.hasReservation(peerIdOf(nodeKey));
    });
  }

  private lookLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), RETRY_MS).unref();
  }
}

const idOf = (peerId: PeerId): string => {
  const nodeKey = nodeKeyOf(peerId);
  return nodeKey === undefined ? '' : keyId(nodeKey);
};
