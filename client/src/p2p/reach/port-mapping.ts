import { type Gateway, upnpNat } from '@achingbrain/nat-port-mapper';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { scopeOf } from '../addresses.js';
import { within } from '../deadline.js';
import { asError } from '../stream-io.js';

/** Milliseconds to look for a gateway, and for each thing it is asked. */
const SEARCH_MS = 5_000;
const ASK_MS = 5_000;

/** How long a mapping lasts at the gateway should this process be killed, milliseconds; renewed before while it runs. */
const LEASE_MS = 30 * 60_000;

/** A port of the local network's gateway that leads to one of this machine's. */
export interface MappedPort {
  internalPort: number;
  externalHost: string;
  externalPort: number;
}

export interface MappingResult {
  /** The gateway that was asked, `undefined` where none answered. */
  gateway?: string;
  /** The gateway's own address; a private one means that there is another NAT behind it. */
  externalHost?: string;
  mapped: MappedPort[];
  /** Why a port is not mapped. */
  failures: string[];
}

/** Finds gateways; replaced where a gateway is acted. */
export type FindGateways = (signal: AbortSignal) => AsyncIterable<Gateway>;

const onThisNetwork: FindGateways = (signal) => upnpNat({ ttl: LEASE_MS, description: 'psyche-client', autoRefresh: true }).findGateways({ signal });

/**
 * Asks the local network's gateway, by UPnP, to pass TCP ports on to this machine. Whether anybody gets through is another
 * question, answered by dialing back.
 */
export class PortMapping {
  private gateway: Gateway | undefined;

  constructor(private readonly find: FindGateways = onThisNetwork) {}

  /**
   * Never throws; a network without such a gateway is a usual one.
   *
   * @param ports TCP ports this node listens on.
   */
  async map(ports: readonly number[], signal: AbortSignal): Promise<MappingResult> {
    const result: MappingResult = { mapped: [], failures: [] };
    try {
      this.gateway = await this.findGateway(signal);
      if (this.gateway === undefined) return result;
      const gateway = this.gateway;
      result.gateway = gateway.host;
      result.externalHost = await within(ASK_MS, signal, "the gateway's own address", (inner) => gateway.externalIp({ signal: inner }));
      if (!isIPv4(result.externalHost)) return { ...result, externalHost: undefined, failures: ['the gateway says no IPv4 address of its own'] };
      const host = localAddress();
      if (host === undefined) return { ...result, failures: ['this machine has no IPv4 address on a local network'] };
      for (const port of ports) {
        const mapping = await within(ASK_MS, signal, 'mapping a port', (inner) => gateway.map(port, host, { protocol: 'TCP', signal: inner }));
        result.mapped.push({ internalPort: port, externalHost: result.externalHost, externalPort: mapping.externalPort });
      }
    } catch (error) {
      result.failures.push(asError(error).message);
    }
    return result;
  }

  /** Takes the mappings back. Never throws: what is not taken back ends with its lease. */
  async stop(): Promise<void> {
    const gateway = this.gateway;
    this.gateway = undefined;
    if (gateway === undefined) return;
    await within(ASK_MS, undefined, 'taking port mappings back', (signal) => gateway.stop({ signal })).catch(() => {});
  }

  private async findGateway(signal: AbortSignal): Promise<Gateway | undefined> {
    const search = within(SEARCH_MS, signal, 'looking for a gateway', async (inner) => {
      for await (const gateway of this.find(inner)) if (gateway.family === 'IPv4') return gateway;
      return undefined;
    });
    return search.catch(() => undefined);
  }
}

/** This machine's IPv4 address on a local network, the one a gateway would pass connections on to. */
export function localAddress(interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces()): string | undefined {
  const addresses = Object.values(interfaces).flatMap((list) => list ?? []);
  return addresses.find(({ address, internal }) => !internal && isIPv4(address) && scopeOf(address) === 'private')?.address;
}
