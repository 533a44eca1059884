import { isIPv4, isIPv6 } from 'node:net';
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr';
import { ByteReader, ByteWriter } from '../../protocol/bytes.js';
import { type Endpoint, type Scope, endpointOf, packEndpoint, scopeOf } from '../addresses.js';
import { within } from '../deadline.js';
import { P2pError } from '../errors.js';
import { type PeerStreams, askPeer } from '../peer-streams.js';
import type { ServingShare } from '../serving-share.js';
import { StreamReader, asError, closeQuietly, writeAll } from '../stream-io.js';

export const DIAL_BACK_PROTOCOL = '/psyche/dial-back/1';

/*
 * "Can you reach me?", asked of one member on a stream of its own. Only ports are asked for: the member dials the address
 * that the question came from, so that it cannot be sent to knock at anybody else's door. It may come from a proxy, which
 * sits on this machine or beside it: a node that is on the internet dials only members back there, and one that says it
 * is elsewhere is not told that it cannot be reached, since that was not tried.
 *
 *   request   count u8 ‖ count × (transport u8: 0 TCP, 1 WebSocket ‖ port u16)
 *   answer    family u8: 4 or 6 ‖ observed address, 4 or 16 bytes ‖ count × (u8: 0 reached, 1 not reached, 2 not tried)
 */
const [REACHED, NOT_REACHED, NOT_TRIED] = [0, 1, 2];
const MAX_ENDPOINTS = 4;
const MAX_REQUEST_BYTES = 1 + 3 * MAX_ENDPOINTS;
const TRANSPORTS = ['tcp', 'ws'] as const;

/** Milliseconds of one attempt, and of a whole answer seen by who asks. */
const ATTEMPT_MS = 5_000;
const ANSWER_MS = 5_000 + MAX_ENDPOINTS * ATTEMPT_MS;

/** A member is answered once in so many milliseconds; more of them at once are turned down. */
const INTERVAL_MS = 2_000;
const AT_ONCE = 4;

/** A port as it is asked for; TLS is a proxy's, which has its own ways of being tested. */
export type Port = Pick<Endpoint, 'port'> & { transport: (typeof TRANSPORTS)[number] };

export interface DialBackAnswer {
  /** This node's address as the member sees it. */
  observed: string;
  /** In the order asked; `undefined`: it did not try. */
  reached: (boolean | undefined)[];
}

/** Asks members whether they can dial this node, and answers those who ask. */
export class DialBack {
  private busy = 0;
  /** When each member was last answered, by peer id: no more entries than members ask. */
  private readonly answered = new Map<string, number>();

  /**
   * @param claimed where a peer says it is, if it is a member that says so.
   * @param isPublic whether this node is on the internet, be it behind a proxy.
   * @param knock resolves where a node with this key answers at the address, and rejects where nobody or somebody else does.
   * @param now milliseconds of any clock that only goes forward.
   */
  constructor(
    private readonly peers: PeerStreams,
    private readonly knock: (address: Multiaddr, signal: AbortSignal) => Promise<void>,
    private readonly claimed: (peerId: PeerId) => Scope | undefined,
    private readonly isPublic: () => boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * @param ports at most 4; further ones are not asked for.
   * @throws {P2pError} NOT_CONNECTED, PEER_TIMEOUT, BAD_ANSWER …
   */
  ask(nodeKey: Uint8Array, ports: readonly Port[], signal: AbortSignal): Promise<DialBackAnswer> {
    const asked = ports.slice(0, MAX_ENDPOINTS);
    return askPeer(this.peers, nodeKey, DIAL_BACK_PROTOCOL, signal, (stream) =>
      within(ANSWER_MS, signal, 'being dialed back', async (inner) => {
        const reader = new StreamReader(stream, 0);
        reader.expect(1 + 16 + asked.length);
        const request = new ByteWriter(1 + 3 * asked.length).u8(asked.length);
        for (const { transport, port } of asked) request.u8(TRANSPORTS.indexOf(transport)).u16(port);
        await writeAll(stream, request.finish(), inner);
        const family = (await reader.read(1, inner))[0];
        if (family !== 4 && family !== 6) throw new P2pError('BAD_ANSWER', `an address of family ${family}`);
        const observed = addressText(await reader.read(family === 4 ? 4 : 16, inner));
        const results = await reader.read(asked.length, inner);
        if (results.some((result) => result > NOT_TRIED)) throw new P2pError('BAD_ANSWER', 'neither reached nor not');
        return { observed, reached: [...results].map((result) => (result === NOT_TRIED ? undefined : result === REACHED)) };
      }),
    );
  }

  /** Never throws. @param connection the one the question came over. */
  async serve(stream: Stream, share: ServingShare, connection: Connection, signal: AbortSignal): Promise<void> {
    try {
      await within(ANSWER_MS, signal, 'dialing a peer back', async (inner) => {
        const reader = new StreamReader(stream, MAX_REQUEST_BYTES);
        const count = (await reader.read(1, inner))[0];
        if (count === 0 || count > MAX_ENDPOINTS) throw new P2pError('BAD_MESSAGE', `${count} ports: 1 to ${MAX_ENDPOINTS} can be asked for`);
        const request = new ByteReader(await reader.read(3 * count, inner), 'request');
        await share.request(inner);
        const ports = Array.from({ length: count }, () => ({ transport: TRANSPORTS[request.u8()], port: request.u16() }));
        const from = endpointOf(connection.remoteAddr);
        const host = from === undefined || connection.limits !== undefined ? undefined : unmapped(from.host);
        if (host === undefined) throw new P2pError('BAD_MESSAGE', 'a question that came through a relay has no address to dial');
        const address = addressBytes(host);
        const nearby = scopeOf(host) !== 'public';
        const results = share.isObserver && nearby && this.isPublic() ? new Uint8Array(count).fill(NOT_TRIED) : await this.tryAll(connection, host, ports, inner);
        if (nearby && this.claimed(connection.remotePeer) === 'public') results.forEach((result, i) => (results[i] = result === REACHED ? REACHED : NOT_TRIED));
        const answer = new ByteWriter(1 + address.length + count).u8(address.length === 4 ? 4 : 6).raw(address, address.length).raw(results, count);
        await writeAll(stream, answer.finish(), inner);
      });
      closeQuietly(stream, signal);
    } catch (error) {
      stream.abort(asError(error));
    }
  }

  private async tryAll(connection: Connection, host: string, ports: readonly (Pick<Port, 'port'> & { transport?: Port['transport'] })[], signal: AbortSignal): Promise<Uint8Array> {
    const results = new Uint8Array(ports.length).fill(NOT_TRIED);
    for (const [id, at] of this.answered) if (this.now() - at >= INTERVAL_MS) this.answered.delete(id);
    const id = connection.remotePeer.toString();
    if (this.busy >= AT_ONCE || this.answered.has(id)) return results;
    this.answered.set(id, this.now());
    this.busy++;
    try {
      for (const [i, { transport, port }] of ports.entries()) {
        if (transport === undefined || port === 0) continue;
        const address = multiaddr(packEndpoint({ host, port, transport })).encapsulate(`/p2p/${id}`);
        results[i] = await within(ATTEMPT_MS, signal, 'dialing back', (inner) => this.knock(address, inner)).then(
          () => REACHED,
          () => NOT_REACHED,
        );
        signal.throwIfAborted();
      }
    } finally {
      this.busy--;
    }
    return results;
  }
}

/** `::ffff:192.0.2.1`, as sockets for both families write IPv4, in IPv4's own way. */
function unmapped(host: string): string | undefined {
  const plain = host.toLowerCase().startsWith('::ffff:') && isIPv4(host.slice(7)) ? host.slice(7) : host;
  return isIPv4(plain) || isIPv6(plain) ? plain : undefined;
}

/** A multiaddr's bytes of a host, without the two of code and port. */
function addressBytes(host: string): Uint8Array {
  return packEndpoint({ host, port: 1, transport: 'tcp' }).slice(1, isIPv4(host) ? 5 : 17);
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] << 8) | bytes[2 * i + 1]).toString(16));
  return groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
}

