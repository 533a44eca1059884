import { setMaxListeners } from 'node:events';
import { keyId } from './identity.js';

/** Whom to stay connected with. */
export interface DialTarget {
  nodeKey: Uint8Array;
  /** Binary multiaddr; absent where the member has to be waited for, or found through another. */
  multiaddr?: Uint8Array;
  /** Node keys of members that lead to it. */
  through?: readonly Uint8Array[];
}

interface Peer extends DialTarget {
  failures: number;
  timer?: NodeJS.Timeout;
  dialing: boolean;
  connectedAt?: number;
}

const FIRST_BACK_OFF_MS = 250;
const LONGEST_BACK_OFF_MS = 15_000;

/** Of two members the one with the lower key dials; the other waits this long before it tries as well. */
const YIELD_MS = 500;

/** A member that says no address dials the others itself; only those that cannot be dialed either look for it. */
const NO_ADDRESS_MS = 2_000;

/** A connection that ends sooner counts as a failed dial: a peer that refuses us still lets `dial` resolve. */
const STABLE_MS = 10_000;

/** Keeps connections to all targets: dials, backs off with jitter, dials again when one is lost. */
export class Dialer {
  private peers = new Map<string, Peer>();
  private readonly controller = new AbortController();

  /**
   * @param self this node's key.
   * @param dial resolves when connected, rejects when not.
   */
  constructor(
    private readonly self: Uint8Array,
    private readonly dial: (target: DialTarget, signal: AbortSignal) => Promise<void>,
    private readonly isConnected: (nodeKey: Uint8Array) => boolean,
    private readonly log: (message: string) => void = () => {},
  ) {
    setMaxListeners(0, this.controller.signal); // one listener per dial under way
  }

  /** Replaces the targets. Those that stay keep their back-off, unless their address changed. */
  setTargets(targets: readonly DialTarget[]): void {
    const before = this.peers;
    this.peers = new Map();
    for (const target of targets) {
      const id = keyId(target.nodeKey);
      const known = before.get(id);
      before.delete(id);
      if (known !== undefined && sameAddress(known, target)) {
        this.peers.set(id, known);
        continue;
      }
      clearTimeout(known?.timer);
      const peer: Peer = { ...target, failures: 0, dialing: false, connectedAt: known?.connectedAt };
      this.peers.set(id, peer);
      this.schedule(peer, this.yieldTo(peer) + (target.multiaddr === undefined ? NO_ADDRESS_MS : 0));
    }
    for (const gone of before.values()) clearTimeout(gone.timer);
  }

  /** There is a new way to a peer: what failed before says nothing about it. */
  retry(nodeKey: Uint8Array): void {
    const peer = this.peers.get(keyId(nodeKey));
    if (peer === undefined) return;
    peer.failures = 0;
    this.schedule(peer, this.yieldTo(peer));
  }

  connected(nodeKey: Uint8Array): void {
    const peer = this.peers.get(keyId(nodeKey));
    if (peer === undefined) return;
    clearTimeout(peer.timer);
    peer.connectedAt = Date.now();
  }

  disconnected(nodeKey: Uint8Array): void {
    const peer = this.peers.get(keyId(nodeKey));
    if (peer === undefined) return;
    const stable = peer.connectedAt !== undefined && Date.now() - peer.connectedAt >= STABLE_MS;
    peer.failures = stable ? 0 : peer.failures + 1;
    peer.connectedAt = undefined;
    this.schedule(peer, backOff(peer.failures));
  }

  stop(): void {
    this.controller.abort(new Error('the node stops'));
    for (const peer of this.peers.values()) clearTimeout(peer.timer);
    this.peers.clear();
  }

  private yieldTo({ nodeKey }: Peer): number {
    return Buffer.compare(this.self, nodeKey) > 0 ? YIELD_MS : 0;
  }

  private schedule(peer: Peer, delay: number): void {
    clearTimeout(peer.timer);
    if (this.controller.signal.aborted) return;
    peer.timer = setTimeout(() => void this.attempt(peer), delay).unref();
  }

  private async attempt(peer: Peer): Promise<void> {
    if (peer.dialing || this.isConnected(peer.nodeKey)) return;
    peer.dialing = true;
    try {
      await this.dial(peer, this.controller.signal);
    } catch (error) {
      peer.failures++;
      this.log(`could not reach a member, attempt ${peer.failures}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      peer.dialing = false;
      const current = this.peers.get(keyId(peer.nodeKey)) === peer;
      if (current && !this.isConnected(peer.nodeKey)) this.schedule(peer, backOff(peer.failures));
    }
  }
}

/** Doubling from a quarter of a second to a quarter of a minute, ± 25 % so that members do not dial in step. */
function backOff(failures: number): number {
  const base = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(failures, 10));
  return base * (0.75 + Math.random() / 2);
}

function sameAddress(a: DialTarget, b: DialTarget): boolean {
  const ways = ({ multiaddr, through = [] }: DialTarget): string => [multiaddr ?? new Uint8Array(), ...through].map(keyId).join();
  return ways(a) === ways(b);
}
